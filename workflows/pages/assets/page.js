/* Tables that sort by their heads and filter by a box, and keys: "/" goes to the search, Escape leaves it. */
"use strict";
(() => {
  const FEWEST_TO_FILTER = 8;

  const keyOf = (cell) => {
    if (cell === undefined) return [2, ""];
    const raw = cell.dataset.sort;
    if (raw === "") return [2, ""]; // nothing stands last, whichever way
    if (raw !== undefined) return [0, Number(raw)];
    return [1, cell.textContent.trim()];
  };

  const compared = (a, b, down) => {
    if (a[0] !== b[0]) return a[0] - b[0];
    const order = a[0] === 0 ? a[1] - b[1] : a[1].localeCompare(b[1], undefined, { numeric: true });
    return down ? -order : order;
  };

  const sortBy = (table, head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, place) => ({ row, place, key: keyOf(row.cells[column]) }));
    rows.sort((a, b) => compared(a.key, b.key, down) || a.place - b.place);
    body.append(...rows.map((one) => one.row));
  };

  const sortable = (table) => {
    if (table.tBodies[0].rows.length < 2) return;
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sortBy(table, head, column));
    });
  };

  const filterable = (table) => {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < FEWEST_TO_FILTER) return;
    const box = document.createElement("div");
    box.className = "filter";
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "Filter these rows";
    input.setAttribute("aria-label", "Filter the rows of " + table.caption.textContent);
    const told = document.createElement("output");
    const tell = (n) => { told.textContent = n.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " rows"; };
    input.addEventListener("input", () => {
      const asked = input.value.trim().toLocaleLowerCase();
      let n = 0;
      for (const row of rows) {
        row.hidden = !row.textContent.toLocaleLowerCase().includes(asked);
        if (!row.hidden) n += 1;
      }
      tell(n);
    });
    tell(rows.length);
    box.append(input, told);
    table.parentElement.before(box);
  };

  const prepare = (within) => {
    for (const table of within.querySelectorAll("table[data-sortable]")) {
      sortable(table);
      if (!table.closest("figure, .compact")) filterable(table);
    }
    for (const image of within.querySelectorAll("img[data-picture]")) {
      const gone = () => {
        image.classList.add("gone");
        const why = image.parentElement.querySelector("figcaption");
        if (why) why.hidden = false;
      };
      image.addEventListener("error", gone);
      if (image.complete && !image.naturalWidth) gone();
    }
  };

  /* A part of a page that takes longer comes by itself; without this script its link leads to it. */
  const load = async (place) => {
    const told = place.querySelector("p");
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(place.dataset.load, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = page.querySelector("[data-part]") || page.querySelector("main .notice");
      place.replaceChildren(part ? document.importNode(part, true) : told);
      prepare(place);
      if (window.drawCharts) window.drawCharts();
    } catch (error) {
      told.textContent = "That could not be loaded: " + error.message;
    }
    place.removeAttribute("aria-busy");
  };

  prepare(document);
  (async () => {
    for (const place of document.querySelectorAll("[data-load]")) await load(place);
  })();

  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) || document.activeElement.isContentEditable;
    const search = document.querySelector("[data-search]");
    if (event.key === "/" && !typing && search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && document.activeElement === search) {
      search.blur();
    }
  });

  for (const select of document.querySelectorAll("select[data-go]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
  }
})();
