"use strict";

const show = value => {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return size > 0 && size < 0.001 ? value.toExponential(2) : String(Number(value.toPrecision(5)));
};

// Index of the x that is nearest.
const nearest = (xs, x) => {
  let low = 0, high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1; else high = middle;
  }
  return low > 0 && x - xs[low - 1] < xs[low] - x ? low - 1 : low;
};

for (const chart of document.querySelectorAll(".chart")) {
  const data = JSON.parse(chart.querySelector("script").textContent);
  const area = chart.querySelector(".area"), cross = area.querySelector(".cross"), tip = area.querySelector(".tip");
  const reach = data.high - data.low;
  const hide = () => { cross.hidden = tip.hidden = true; };
  area.addEventListener("pointermove", event => {
    const box = area.getBoundingClientRect();
    const x = data.low + reach * (event.clientX - box.left) / box.width;
    const lines = data.lines.map(line => ({ line, at: nearest(line.x, x) })).filter(p => Math.abs(p.line.x[p.at] - x) < reach / 12);
    if (lines.length === 0) return hide();
    const first = lines[0].line.x[lines[0].at], share = (first - data.low) / reach;
    cross.style.left = `${100 * share}%`;
    tip.replaceChildren(`${data.across}: ${show(first)}`, ...lines.map(({ line, at }) => {
      const entry = document.createElement("span");
      entry.className = `c${line.colour}`;
      entry.textContent = `${line.name}: ${show(line.y[at])}`;
      return entry;
    }));
    tip.style.left = share < 0.5 ? `calc(${100 * share}% + 10px)` : "auto";
    tip.style.right = share < 0.5 ? "auto" : `calc(${100 * (1 - share)}% + 10px)`;
    cross.hidden = tip.hidden = false;
  });
  area.addEventListener("pointerleave", hide);
}
