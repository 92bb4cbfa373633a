"use strict";
(() => {
  const rows = [...document.querySelectorAll(".s")];
  const detail = document.getElementById("detail");
  const graphs = [...document.querySelectorAll("figure svg[data-t]")];
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
    mark(rows[at]);
    if (scroll) rows[at].scrollIntoView({ block: "center" });
  }

  // A browser allows the address a hundred changes in half a minute: a key that is held down is one.
  function remember() {
    if (at >= 0) history.replaceState(null, "", "#" + rows[at].id);
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
    mark(null);
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

  // A graph is a slider over the segments of its connection. svg_plot.go has the frame in which it draws.
  const frame = { left: 90, right: 780, top: 34, bottom: 352, width: 800 };
  const own = (svg) => rows.filter((row) => row.dataset.c === svg.dataset.c && !row.classList.contains("off"));
  const time = (row) => Number(row.dataset.d.split("\n")[0]);

  // mark shows in each graph of its connection where the picked segment is, and says so to a screen reader.
  function mark(row) {
    graphs.forEach((svg) => {
      const mine = row && row.dataset.c === svg.dataset.c, list = mine ? own(svg) : [];
      const x = mine ? frame.left + time(row) / (Number(svg.dataset.t) || 1) * (frame.right - frame.left) : 0;
      svg.querySelector(".cursor").setAttribute("d", mine ? `M${x} ${frame.top}V${frame.bottom}` : "");
      const box = svg.parentNode; // which scrolls where the window is narrow
      if (mine) box.scrollLeft = x / frame.width * box.scrollWidth - box.clientWidth / 2;
      svg.setAttribute("aria-valuemax", list.length);
      svg.setAttribute("aria-valuenow", list.indexOf(row) + 1);
      svg.setAttribute("aria-valuetext", mine ? `${time(row)} s, segment ${row.children[2].textContent}, ${row.children[4].textContent}` : "no segment");
    });
  }

  function nearest(list, t) {
    return list.reduce((best, row) => Math.abs(time(row) - t) < Math.abs(time(best) - t) ? row : best, list[0]);
  }

  function slide(svg, event) {
    const list = own(svg), i = list.indexOf(rows[at]), last = list.length - 1, page = Math.ceil(list.length / 20);
    const to = { ArrowRight: i + 1, ArrowLeft: i - 1, PageDown: i + page, PageUp: i - page, Home: 0, End: last }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick(rows.indexOf(list[Math.max(0, Math.min(to, last))]), false);
    svg.scrollIntoView({ block: "start" }); // the panel is at the bottom
  }

  function enter(svg) {
    if (at < 0 || rows[at].dataset.c !== svg.dataset.c) return;
    rows[at].tabIndex = -1;
    rows[at].focus({ preventScroll: true });
    pick(at, true);
  }

  graphs.forEach((svg) => {
    const cursor = document.createElementNS(svg.namespaceURI, "path");
    cursor.setAttribute("class", "cursor");
    svg.append(cursor);
    svg.setAttribute("tabindex", 0);
    svg.setAttribute("role", "slider");
    svg.setAttribute("aria-valuemin", 0);
    svg.addEventListener("keydown", (event) => event.key === "Enter" ? enter(svg) : slide(svg, event));
    svg.addEventListener("click", (event) => {
      const box = svg.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * frame.width;
      pick(rows.indexOf(nearest(own(svg), (x - frame.left) / (frame.right - frame.left) * Number(svg.dataset.t))), true);
    });
  });
  mark(null);

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

  document.addEventListener("keyup", remember);
  document.addEventListener("click", remember);
  addEventListener("hashchange", follow);
  follow();
})();
