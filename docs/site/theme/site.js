// What the pages do beyond HTML: the search box, buttons that copy code, the navigation scrolled to the page that is read. Without
// it nothing is missing but these.
"use strict";
(function () {
  var root = document.documentElement.dataset.root || "";

  // ---- search: ranked by where all the words are found ----
  // What a row is worth for one word: a name that is the word, one that ends in it (ll.zeros), one that begins so; 0: not there.
  function worth(row, word) {
    var title = row[0].toLowerCase(), name = /^(losslab )?[\w.:\-]+$/.test(title) ? title : "", last = name.split(/[.: ]/).pop();
    if (title === word) return 100;
    if (last === word) return name === "ll." + word || name === "losslab " + word ? 95 : 90;
    var begins = last.indexOf(word) === 0 || name.indexOf(word) === 0 && name.indexOf(" ") < 0;
    if (begins) return 60 - Math.min(Math.abs(last.length - word.length), 20);
    if (title.split(/[^\w]+/).indexOf(word) >= 0) return 45;
    if (title.indexOf(word) >= 0) return 35;
    if (row[3].toLowerCase().split(/[^\w]+/).indexOf(word) >= 0) return 18;
    if (row[3].toLowerCase().indexOf(word) >= 0) return 14;
    var at = row[4].indexOf(word);
    if (at < 0) return 0;
    return 4 + Math.min(row[4].split(word).length, 5);
  }
  function search(words) {
    var each = words.toLowerCase().trim().split(/\s+/).filter(Boolean), found = [];
    var whole = each.join(" ");
    if (!each.length) return found;
    (window.losslabIndex || []).forEach(function (row, place) {
      var sum = 0;
      for (var i = 0; i < each.length; i++) {
        var w = worth(row, each[i]);
        if (!w) return;
        sum += w;
      }
      if (each.length > 1) {
        if (row[0].toLowerCase() === whole) sum += 200;
        else if (row[0].toLowerCase().indexOf(whole) >= 0) sum += 60;
        else if (row[4].indexOf(whole) >= 0) sum += 10;
      }
      if (/^(Project|Changes|Architecture|Contributing|tests|Source)$/.test(row[2])) sum *= 0.5;
      if (/^(store|lock|worker|writer|folder|table|rows|scores)$/.test(row[2])) sum *= 0.8;
      found.push({ row: row, sum: sum, place: place });
    });
    found.sort(function (a, b) { return b.sum - a.sum || a.place - b.place; });
    return found.slice(0, 30).map(function (f) {
      return { title: f.row[0], url: root + f.row[1], kind: f.row[2], summary: f.row[3] };
    });
  }
  window.losslabSearch = search;

  function setUpSearch() {
    var form = document.querySelector(".search");
    if (!form) return;
    var input = form.querySelector("input"), list = document.getElementById("found"), chosen = -1, loading = false;
    form.hidden = false;
    function load() {
      if (window.losslabIndex || loading) return;
      loading = true;
      var script = document.createElement("script");
      script.src = root + "theme/search.js";
      script.onload = show;
      document.head.appendChild(script);
    }
    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function choose(i) {
      var options = list.querySelectorAll("[role=option]");
      if (!options.length) return;
      chosen = (i + options.length) % options.length;
      options.forEach(function (option, n) { option.setAttribute("aria-selected", n === chosen ? "true" : "false"); });
      options[chosen].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[chosen].id);
    }
    function add(tag, parent, text) {
      var element = document.createElement(tag);
      if (text) element.textContent = text;
      parent.appendChild(element);
      return element;
    }
    function show() {
      list.textContent = "";
      if (!input.value.trim() || !window.losslabIndex) return close();
      var found = search(input.value);
      found.forEach(function (each, i) {
        var option = add("li", list);
        option.id = "found-" + i;
        option.setAttribute("role", "option");
        var link = add("a", option);
        link.href = each.url;
        link.tabIndex = -1;
        add("b", link, each.title);
        add("i", link, each.kind);
        add("span", link, each.summary);
      });
      if (!found.length) add("li", list, "Nothing is called so or holds all of these words.").className = "none";
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      choose(0);
    }
    input.addEventListener("focus", load);
    input.addEventListener("input", function () { load(); show(); });
    input.addEventListener("keydown", function (event) {
      var step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (step) { choose(chosen + step); event.preventDefault(); }
      else if (event.key === "Escape") { close(); input.blur(); }
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var option = list.querySelectorAll("[role=option]")[chosen];
      if (option && !list.hidden) { close(); input.blur(); window.location.href = option.querySelector("a").href; }
    });
    list.addEventListener("click", close);
    document.addEventListener("click", function (event) { if (!form.contains(event.target)) close(); });
    document.addEventListener("keydown", function (event) {
      var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
      if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
      input.focus();
      input.select();
      event.preventDefault();
    });
  }

  // ---- copying: of a session at the prompt what was typed ----
  function codeOf(block) {
    var code = block.querySelector("code");
    if (!block.classList.contains("losslab")) return code.textContent;
    return code.textContent.split("\n").filter(function (line) { return /^>>? ?/.test(line); })
      .map(function (line) { return line.replace(/^>>? ?/, ""); }).join("\n");
  }
  function copy(text, done) {
    function oldWay() {
      var area = document.createElement("textarea");
      area.value = text;
      area.style.position = "fixed";
      area.style.opacity = "0";
      document.body.appendChild(area);
      area.select();
      var fine = document.execCommand("copy");
      area.remove();
      done(fine);
    }
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(function () { done(true); }, oldWay);
    else oldWay();
  }
  function setUpCopying() {
    document.querySelectorAll(".code:not(.text, .usage)").forEach(function (block) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy this code");
      button.addEventListener("click", function () {
        copy(codeOf(block), function (fine) {
          button.textContent = fine ? "Copied" : "Not copied";
          setTimeout(function () { button.textContent = "Copy"; }, 1600);
        });
      });
      block.appendChild(button);
    });
  }

  function setUpNavigation() {
    var side = document.querySelector(".side"), menu = document.getElementById("menu");
    var here = side && side.querySelector("[aria-current]");
    if (here && side.scrollHeight > side.clientHeight) {
      side.scrollTop = Math.max(0, here.offsetTop - side.offsetTop - side.clientHeight / 3);
    }
    if (side && menu) side.addEventListener("click", function (event) { if (event.target.closest("a")) menu.checked = false; });
  }

  setUpSearch();
  setUpCopying();
  setUpNavigation();
})();
