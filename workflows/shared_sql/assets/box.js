/* The query box: fields for the parameters of the text, running and cancelling, saving, and the tables beside it.
   A run is a page that is waited for: to stop waiting closes the connection, and that ends the query. */
"use strict";
(() => {
  const LONGEST_ADDRESS = 15000;
  const PLACE = /\{\{\s*([A-Za-z]\w*)\s*\}\}/g;
  const DATE = /^(?:.*_)?(?:date|day|since|until)$/, COUNT = /^(?:n|n_.*|top|limit|most|at_least|at_most)$/;
  const form = document.getElementById("box");
  if (!form) return;
  const area = document.getElementById("query"), running = document.getElementById("running");
  const cancel = document.getElementById("cancel"), run = form.querySelector("button[name=run]");
  const parameters = document.getElementById("parameters"), saving = document.getElementById("saving");
  let timer = 0;

  const fieldFor = (name) => {
    const made = document.getElementById("parameter").content.firstElementChild.cloneNode(true);
    const input = made.querySelector("input"), select = made.querySelector("select"), label = made.querySelector("label");
    made.dataset.parameter = name;
    label.textContent = name;
    label.htmlFor = input.id = "p-" + name;
    input.name = "p." + name;
    select.name = "t." + name;
    select.setAttribute("aria-label", "Type of " + name);
    select.value = DATE.test(name) ? "date" : COUNT.test(name) ? "whole number" : "text";
    input.type = select.value === "date" ? "date" : "text";
    return made;
  };

  const showParameters = () => {
    const names = [...new Set([...area.value.matchAll(PLACE)].map((one) => one[1].toLowerCase()))];
    const there = new Map([...parameters.querySelectorAll(".parameter")].map((one) => [one.dataset.parameter, one]));
    for (const [name, field] of there) if (!names.includes(name)) field.remove();
    for (const name of names) if (!there.has(name)) parameters.querySelector(".fields").append(fieldFor(name));
    parameters.hidden = !names.length;
  };

  const rest = () => {
    clearInterval(timer);
    timer = 0;
    cancel.hidden = true;
    run.disabled = false;
  };

  const wait = () => {
    const began = Date.now();
    const tell = () => { running.textContent = "Running for " + Math.round((Date.now() - began) / 1000) + " s"; };
    cancel.hidden = false;
    tell();
    timer = setInterval(tell, 1000);
  };

  form.addEventListener("submit", (event) => {
    const isSaved = area.dataset.saved !== undefined && area.dataset.saved === area.value && area.value !== "";
    if (isSaved) area.name = ""; // the file has it, so the address needn't
    const size = new URLSearchParams(new FormData(form)).toString().length;
    if (size > LONGEST_ADDRESS) {
      event.preventDefault();
      area.name = "query";
      running.textContent = "This text is too long for an address: save it first, then run it.";
      document.getElementById("save").open = true;
      return;
    }
    setTimeout(() => { area.name = "query"; run.disabled = true; }, 0);
    wait();
  });
  const stop = () => {
    window.stop();
    rest();
    running.textContent = "Cancelled.";
    area.focus();
  };
  cancel.addEventListener("click", stop);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && timer) stop(); });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) { rest(); running.textContent = ""; }
  });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(run);
    }
  });
  area.addEventListener("input", showParameters);
  parameters.addEventListener("change", (event) => {
    if (event.target.tagName !== "SELECT") return;
    const input = event.target.parentElement.querySelector("input");
    input.type = event.target.value === "date" ? "date" : "text";
  });

  saving.addEventListener("submit", () => {
    for (const old of [...saving.elements]) if (/^[pt]\./.test(old.name)) old.remove();
    saving.elements.query.value = area.value;
    for (const field of parameters.querySelectorAll("input, select")) {
      const made = document.createElement("input");
      made.type = "hidden";
      made.name = field.name;
      made.value = field.value;
      saving.append(made);
    }
    const digest = saving.elements.digest; // under another name it is a new query
    if (saving.elements.name.value !== digest.dataset.name) digest.value = "";
  });

  const insert = (text) => {
    area.focus();
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const tableOf = (table) => {
    const made = document.createElement("details"), head = document.createElement("summary");
    head.textContent = table.name;
    head.title = table.meaning;
    made.append(head);
    made.addEventListener("toggle", () => {
      if (made.childElementCount > 1) return;
      for (const field of table.fields) {
        const line = document.createElement("span"), button = document.createElement("button"), kind = document.createElement("small");
        line.className = "field";
        button.type = "button";
        button.textContent = field.name;
        button.title = field.meaning;
        kind.textContent = " " + [field.type, field.unit].filter(Boolean).join(", ");
        button.addEventListener("click", () => insert(field.name));
        line.append(button, kind);
        made.append(line);
      }
    });
    return made;
  };

  fetch(form.dataset.names).then((answer) => answer.json()).then((names) => {
    sqlCompletion.attach(area, document.getElementById("completions"), document.getElementById("told"), names.tables);
    document.getElementById("tables").replaceChildren(...names.tables.map(tableOf));
    form.dataset.ready = "yes";
  }).catch(() => { form.dataset.ready = "without names"; }); // whoever leaves the page, or stops it, needs none
})();
