/* Draws every figure of the page by Plotly, in the colours of the style, again when light becomes dark.
   Plotly would write style rules into the page, which the strict Content-Security-Policy forbids: elements with the
   names of those rules keep it from doing so, and style.css has what it needs. */
"use strict";
(() => {
  const folder = document.currentScript.src.replace(/[^/]*$/, "");
  const NO_RULES = ["plotly.js-style-global", "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53"];
  const OPTIONS = { displayModeBar: false, responsive: true, displaylogo: false, showTips: false };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const themed = (layout) => {
    const ink = colour("--ink"), rule = colour("--rule"), paper = colour("--paper");
    const axis = (given) => Object.assign({}, given, { gridcolor: rule, linecolor: rule, zerolinecolor: rule, tickcolor: rule });
    const made = Object.assign({}, layout, {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: ink, family: getComputedStyle(document.body).fontFamily, size: 13 },
      colorway: [1, 2, 3, 4, 5, 6, 7].map((n) => colour("--chart-" + n)),
      colorscale: { sequential: [[0, paper], [1, colour("--chart-1")]] },
      hoverlabel: { bgcolor: colour("--raised"), bordercolor: rule, font: { color: ink } },
      margin: Object.assign({ l: 60, r: 16, t: 16, b: 56 }, layout.margin),
      legend: Object.assign({ orientation: "h", y: 1.02, yanchor: "bottom", x: 0 }, layout.legend),
    });
    for (const name of Object.keys(layout)) if (/^[xy]axis\d*$/.test(name)) made[name] = axis(layout[name]);
    return made;
  };

  const SYMBOLS = ["circle", "diamond", "square", "triangle-up", "cross", "x", "star"];
  const LEAST_CELL_PX = 40; // that numbers need in cells
  const PATTERNS = ["", "/", ".", "x", "\\", "-", "+"];
  const traced = (trace, number, all) => {
    const made = Object.assign({}, trace);
    if (trace.type === "heatmap" && innerWidth < LEAST_CELL_PX * trace.x.length) delete made.texttemplate; // the table has them
    if (trace.type === "heatmap" && !trace.colorscale) made.colorscale = [[0, colour("--paper")], [1, colour("--chart-1")]];
    if (trace.type === "scatter" && all.length > 1)
      made.marker = Object.assign({ symbol: SYMBOLS[number % SYMBOLS.length] }, trace.marker);
    if (trace.type === "bar" && all.length > 1)
      made.marker = Object.assign({ pattern: { shape: PATTERNS[number % PATTERNS.length], fillmode: "overlay", size: 6, solidity: 0.2 } }, trace.marker);
    return made;
  };

  const draw = (figure) => {
    const spec = JSON.parse(figure.querySelector("script.spec").textContent);
    return Plotly.react(figure.querySelector(".plot"), spec.data.map(traced), themed(spec.layout), OPTIONS)
      .then(() => { figure.dataset.drawn = "yes"; });
  };

  const drawAll = async () => {
    for (const figure of document.querySelectorAll("figure.chart")) await draw(figure);
  };
  const drawNew = async () => {
    for (const figure of document.querySelectorAll("figure.chart:not([data-drawn])")) await draw(figure);
  };

  let loaded = null;
  const plotly = () => {
    loaded = loaded || new Promise((resolve, reject) => {
      for (const name of NO_RULES) {
        const mark = document.createElement("meta");
        mark.id = name;
        mark.className = "no-inline-styles";
        document.head.append(mark);
      }
      const script = document.createElement("script");
      script.src = folder + "plotly.min.js";
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    });
    return loaded;
  };

  window.drawCharts = async () => {
    if (!document.querySelector("figure.chart:not([data-drawn])")) return;
    await plotly();
    await drawNew();
  };
  window.drawCharts();
})();
