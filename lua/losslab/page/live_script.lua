-- The script of the page of a study under way: every two seconds it asks for the page anew and changes what is other. It makes no
-- markup out of what it is sent: it takes over the elements of a page that the same server made.
return [=[
"use strict";
(() => {
  const main = document.querySelector("main"), status = document.getElementById("status");
  const mark = node => {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (!element || element.closest("svg")) return;
    element.classList.remove("changed");
    void element.offsetWidth; // begins the animation again
    element.classList.add("changed");
  };
  const alike = (a, b) => a && a.nodeType === b.nodeType && a.nodeName === b.nodeName && (a.id || "") === (b.id || "");
  const attributes = (old, now) => {
    for (const { name, value } of now.attributes) {
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
  };
  const renew = (old, now) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== now.data) { old.data = now.data; mark(old); }
      return;
    }
    attributes(old, now);
    const named = new Map([...old.children].filter(e => e.id).map(e => [e.id, e]));
    let at = old.firstChild;
    for (const child of [...now.childNodes]) {
      const mine = child.id ? named.get(child.id) : at && !at.id ? at : null;
      if (alike(mine, child)) {
        if (mine === at) at = at.nextSibling; else old.insertBefore(mine, at);
        renew(mine, child);
      } else {
        const fresh = document.importNode(child, true);
        old.insertBefore(fresh, at);
        mark(fresh);
      }
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  };
  const look = async () => {
    let pause = 2000;
    try {
      const answer = await fetch("/", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const now = new DOMParser().parseFromString(await answer.text(), "text/html");
      renew(main, now.querySelector("main"));
      document.title = now.title;
      status.textContent = "as of " + new Date().toLocaleTimeString();
      if (now.querySelector(".state:not(.finished)") === null) pause = 10000;
    } catch {
      status.textContent = "losslab serve does not answer any more; this is the last it said";
      pause = 5000;
    }
    setTimeout(look, pause);
  };
  setTimeout(look, 2000);
})();
]=]
