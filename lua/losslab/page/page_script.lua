-- The script of a report: sorts and filters its tables, and shows the one of trials a hundred rows at a time. It makes elements and
-- their texts, never markup out of data.
return [=[
"use strict";
(() => {
  const PIECE = 100;
  const make = (tag, text, attributes) => {
    const e = document.createElement(tag);
    if (text !== undefined) e.textContent = text;
    for (const name in attributes || {}) e.setAttribute(name, attributes[name]);
    return e;
  };
  const number = x => typeof x === "number" ? x : x === "" || x === null || isNaN(x) ? NaN : Number(x);
  const compare = (a, b) => {
    const x = number(a), y = number(b);
    if (!isNaN(x) && !isNaN(y)) return x - y;
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
    return String(a).localeCompare(String(b));
  };
  const shown = x => typeof x !== "number" || Number.isInteger(x) ? String(x) : String(Number(x.toPrecision(6)));
  // A table's rows: { texts, keys, element }; of trials the element is made when it is shown.
  const rows_of = (box, body) => {
    if (!box.classList.contains("trials")) return [...body.rows].map(element => ({ element,
      texts: [...element.cells].map(c => c.textContent), keys: [...element.cells].map(c => c.dataset.by ?? c.textContent) }));
    let data = box.nextElementSibling;
    while (data.tagName !== "SCRIPT") data = data.nextElementSibling;
    return JSON.parse(data.textContent).map(keys => ({ keys, texts: keys.map(shown) }));
  };
  for (const box of document.querySelectorAll(".table.sorts")) {
    const table = box.querySelector("table"), body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    const rows = rows_of(box, body), kinds = heads.map(h => h.className);
    const element_of = row => {
      if (row.element) return row.element;
      row.element = make("tr");
      row.texts.forEach((text, i) => {
        const cell = make(i === 0 ? "th" : "td", text, i === 0 ? { scope: "row" } : {});
        if (kinds[i]) cell.className = kinds[i];
        row.element.append(cell);
      });
      return row.element;
    };
    let order = rows.map((_, i) => i), first = 0, words = [];
    const tools = make("div", undefined, { class: "tools" }), filter = make("input", undefined, { type: "search",
      placeholder: "filter rows", "aria-label": "Filter rows of: " + box.getAttribute("aria-label") });
    const count = make("span", "", { "aria-live": "polite" });
    const before = make("button", "before", { type: "button" }), next = make("button", "next", { type: "button" });
    const show = () => {
      const fit = order.filter(i => {
        const all = rows[i].texts.join(" ").toLowerCase();
        return words.every(w => all.includes(w));
      });
      first = Math.max(0, Math.min(first, Math.floor((fit.length - 1) / PIECE) * PIECE));
      const piece = fit.slice(first, first + PIECE);
      body.replaceChildren(...piece.map(i => element_of(rows[i])));
      const paged = fit.length > PIECE;
      count.textContent = (paged ? (first + 1) + " to " + (first + piece.length) + " of " : "") + fit.length +
        (fit.length < rows.length ? " of " + rows.length : "") + (fit.length === 1 ? " row" : " rows");
      before.hidden = next.hidden = !paged;
      before.disabled = first === 0;
      next.disabled = first + PIECE >= fit.length;
    };
    heads.forEach((head, column) => {
      const button = make("button", head.textContent, { type: "button" });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
        heads.forEach(h => h.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down > 0 ? "ascending" : "descending");
        order = rows.map((_, i) => i).sort((a, b) => {
          const x = rows[a].keys[column], y = rows[b].keys[column];
          const none = v => v === "" || v === "\u2013";
          if (none(x) !== none(y)) return none(x) ? 1 : -1;
          return down * compare(x, y) || a - b;
        });
        first = 0;
        show();
      });
    });
    filter.addEventListener("input", () => { words = filter.value.toLowerCase().split(/\s+/).filter(w => w); first = 0; show(); });
    before.addEventListener("click", () => { first -= PIECE; show(); });
    next.addEventListener("click", () => { first += PIECE; show(); });
    if (rows.length > 5) {
      tools.append(filter, count, before, next);
      box.before(tools);
    }
    show();
  }
})();
]=]
