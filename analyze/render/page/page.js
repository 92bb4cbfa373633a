"use strict";
(() => {
  const rows = [...document.querySelectorAll(".s")];
  const detail = document.getElementById("detail");
  const names = ["after", "raw sequence number", "raw acknowledgment", "raw window", "TTL", "IP identification", "TCP options", "payload"];
  let at = -1;

  function line(list, name, text) {
    if (!text) return;
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = text;
    list.append(dt, dd);
  }

  function show(row) {
    const title = document.createElement("strong"), list = document.createElement("dl");
    title.textContent = row.children[2].textContent;
    line(list, "client, server", row.children[1].textContent + ", " + row.children[3].textContent);
    (row.dataset.d || "").split("\n").forEach((text, i) => line(list, names[i], i === 0 ? text + " s" : text));
    line(list, "what it does", row.children[4].textContent);
    detail.replaceChildren(title, list);
    detail.hidden = false;
  }

  function pick(i, scroll) {
    if (i < 0 || i >= rows.length) return;
    if (at >= 0) rows[at].classList.remove("on");
    at = i;
    rows[at].classList.add("on");
    show(rows[at]);
    if (scroll) rows[at].scrollIntoView({ block: "center" });
    history.replaceState(null, "", "#" + rows[at].id);
  }

  function step(by, wanted) {
    for (let i = at + by; i >= 0 && i < rows.length; i += by) {
      if (!rows[i].classList.contains("off") && (!wanted || wanted(rows[i]))) return pick(i, true);
    }
  }

  function follow() {
    const i = rows.findIndex((row) => "#" + row.id === location.hash);
    if (i >= 0) pick(i, true);
  }

  function close() {
    if (at >= 0) rows[at].classList.remove("on");
    at = -1;
    detail.hidden = true;
    document.activeElement.blur();
  }

  rows.forEach((row, i) => {
    row.addEventListener("click", () => pick(i, false));
    row.addEventListener("mouseenter", () => at < 0 && show(row));
    row.addEventListener("mouseleave", () => at < 0 && (detail.hidden = true));
  });

  const filter = document.getElementById("filter");
  filter.addEventListener("input", () => {
    const want = filter.value.toLowerCase();
    rows.forEach((row) => row.classList.toggle("off", !row.textContent.toLowerCase().includes(want)));
  });

  // A click into a graph picks the segment nearest in time.
  document.querySelectorAll("figure svg[data-t]").forEach((svg) => svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect(), left = 90 / 800, right = 780 / 800;
    const t = ((event.clientX - box.left) / box.width - left) / (right - left) * Number(svg.dataset.t);
    let best = -1, gap = Infinity;
    rows.forEach((row, i) => {
      const d = Math.abs(Number((row.dataset.d || "").split("\n")[0]) - t);
      if (row.dataset.c === svg.dataset.c && d < gap) [best, gap] = [i, d];
    });
    pick(best, true);
  }));

  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if (event.target === filter || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
      n: () => step(1, (row) => row.querySelector(".m")), "/": () => filter.focus(),
    };
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  addEventListener("hashchange", follow);
  follow();
})();
