/* Completes tables and fields in the text of a query; all of it works by keyboard. What may stand at a place is said by
   one function of the text, the place and the names. */
"use strict";
const sqlCompletion = (() => {
  const MOST_SHOWN = 40;
  const KEYWORDS = ["SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "LEFT JOIN", "ON", "USING", "AS", "AND", "OR", "NOT",
    "IN", "IS NULL", "IS NOT NULL", "LIKE", "ILIKE", "BETWEEN", "DESC", "ASC", "HAVING", "DISTINCT", "WITH", "UNNEST", "CASE", "WHEN", "THEN",
    "ELSE", "END", "count(*)", "sum(", "avg(", "min(", "max(", "median(", "date_trunc("];
  const WORD = /[A-Za-z_][A-Za-z0-9_.]*$/;
  const TABLES = /\b(?:from|join)\s+"?([A-Za-z_]\w*)"?(?:\s+(?:as\s+)?([A-Za-z_]\w*))?/gi;
  const NO_ALIAS = /^(?:where|group|order|limit|join|left|right|inner|full|cross|on|using|having|union|select|as|qualify|sample|asof|positional)$/i;
  const VERSION = /_\d{4}_\d{2}_\d{2}_iteration_\d+$/;

  /* Whether a place lies in a text in quotes or in a comment, where nothing is completed. */
  const isQuoted = (before) => {
    const bare = before.replace(/'(?:[^']|'')*'/g, "").replace(/--[^\n]*\n/g, "").replace(/\/\*[\s\S]*?\*\//g, "");
    return /'|--|\/\*/.test(bare);
  };

  /* The tables that a query names, by what it calls them. */
  const namedTables = (text, tables) => {
    const byName = new Map(tables.map((table) => [table.name, table]));
    const found = new Map();
    for (const [, name, alias] of text.matchAll(TABLES)) {
      const table = byName.get(name.toLowerCase().replace(VERSION, ""));
      if (!table) continue;
      found.set(name.toLowerCase(), table);
      if (alias && !NO_ALIAS.test(alias)) found.set(alias.toLowerCase(), table);
    }
    return found;
  };

  const asField = (field, name) => ({ text: name, kind: [field.type, field.unit].filter(Boolean).join(", "), meaning: field.meaning });

  /* What may stand at a place: the word that is there, and what completes it, the best first. */
  const suggestionsFor = (text, place, tables) => {
    const before = text.slice(0, place);
    const word = (before.match(WORD) || [""])[0];
    if (isQuoted(before)) return { word: "", found: [] };
    const named = namedTables(text, tables);
    const asTables = tables.map((table) => ({ text: table.name, kind: table.rows.toLocaleString("en") + " rows", meaning: table.meaning }));
    let all;
    const dot = word.indexOf(".");
    if (dot > 0 && named.has(word.slice(0, dot).toLowerCase())) {
      const called = word.slice(0, dot);
      all = named.get(called.toLowerCase()).fields.map((field) => asField(field, called + "." + field.name));
    } else if (/\b(?:from|join)\s+$/i.test(before.slice(0, before.length - word.length))) {
      all = asTables;
    } else {
      const own = new Set(named.values());
      const fields = new Map();
      for (const table of own.size ? own : tables)
        for (const field of table.fields) if (!fields.has(field.name)) fields.set(field.name, asField(field, field.name));
      all = [...fields.values(), ...asTables, ...KEYWORDS.map((one) => ({ text: one, kind: "", meaning: "" }))];
    }
    const asked = word.toLowerCase();
    const begins = all.filter((one) => one.text.toLowerCase().startsWith(asked));
    const holds = all.filter((one) => !begins.includes(one) && asked.length > 1 && one.text.toLowerCase().includes(asked));
    return { word, found: [...begins, ...holds].slice(0, MOST_SHOWN) };
  };

  /* Where a place of the text lies on the screen, below the corner of the editor. */
  const placeOnScreen = (area, place) => {
    const mirror = document.createElement("div");
    mirror.className = "mirror";
    const style = getComputedStyle(area);
    for (const name of ["fontFamily", "fontSize", "lineHeight", "padding", "border", "tabSize", "letterSpacing"]) mirror.style[name] = style[name];
    mirror.style.width = area.clientWidth + "px";
    const mark = document.createElement("span");
    mark.textContent = "\u200b";
    mirror.append(area.value.slice(0, place), mark);
    area.parentElement.append(mirror);
    const at = { left: mark.offsetLeft, top: mark.offsetTop + mark.offsetHeight - area.scrollTop };
    mirror.remove();
    return at;
  };

  const attach = (area, list, told, tables) => {
    let shown = { word: "", found: [] }, chosen = 0;

    const close = () => {
      list.hidden = true;
      area.removeAttribute("aria-activedescendant");
      told.textContent = "";
    };
    const choose = (number) => {
      chosen = (number + shown.found.length) % shown.found.length;
      [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
      area.setAttribute("aria-activedescendant", list.children[chosen].id);
      list.children[chosen].scrollIntoView({ block: "nearest" });
    };
    const accept = () => {
      const { text } = shown.found[chosen];
      area.setRangeText(text, area.selectionStart - shown.word.length, area.selectionStart, "end");
      close();
      area.dispatchEvent(new Event("input", { bubbles: true }));
      close();
    };
    const item = (one, number) => {
      const made = document.createElement("li");
      made.id = "completion-" + number;
      made.setAttribute("role", "option");
      const name = document.createElement("b"), kind = document.createElement("small"), meaning = document.createElement("span");
      name.textContent = one.text;
      kind.textContent = one.kind ? "  " + one.kind : "";
      meaning.textContent = one.meaning;
      meaning.className = "meaning";
      made.append(name, kind, ...(one.meaning ? [meaning] : []));
      made.addEventListener("mousedown", (event) => { event.preventDefault(); choose(number); accept(); });
      return made;
    };
    const open = (asked) => {
      if (area.selectionStart !== area.selectionEnd) return close();
      shown = suggestionsFor(area.value, area.selectionStart, tables);
      const isWhole = shown.found.some((one) => one.text.toLowerCase() === shown.word.toLowerCase());
      if (!shown.found.length || (!asked && (shown.word.length < 2 || isWhole))) return close();
      list.replaceChildren(...shown.found.map(item));
      list.hidden = false;
      const at = placeOnScreen(area, area.selectionStart - shown.word.length);
      list.style.left = Math.max(0, Math.min(at.left, area.clientWidth - list.offsetWidth)) + "px";
      list.style.top = Math.min(at.top, area.clientHeight) + "px";
      choose(0);
      told.textContent = shown.found.length + " names; up and down choose, Enter takes one";
    };

    area.addEventListener("input", () => open(false));
    area.addEventListener("blur", close);
    area.addEventListener("keydown", (event) => {
      if (event.key === " " && event.ctrlKey) {
        event.preventDefault();
        open(true);
      } else if (list.hidden || event.ctrlKey || event.metaKey) {
        return;
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        accept();
      } else if (event.key === "Escape") {
        event.preventDefault();
        close();
      } else if (event.key === "ArrowLeft" || event.key === "ArrowRight" || event.key === "Home" || event.key === "End") {
        close();
      }
    });
  };

  return { attach, suggestionsFor };
})();
