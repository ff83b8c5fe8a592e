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

const visible = token => token.replace(/\n/g, "⏎").replace(/\t/g, "⇥").replace(/^ | $/g, "·") || "∅";

const element = (name, className, text) => {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
};

for (const box of document.querySelectorAll(".attention")) {
  const snapshots = JSON.parse(box.querySelector("script").textContent);
  const find = name => box.querySelector(name);
  const slider = find("input"), output = find("output"), map = find(".map"), predictions = find(".predictions");
  const [textChoice, layerChoice, headChoice] = [find(".text"), find(".layer"), find(".head")];
  const newest = snapshots[snapshots.length - 1];
  let chosen = -1;
  const options = (select, names) => select.replaceChildren(...names.map((name, i) => new Option(name, i - (select === textChoice ? 0 : 1))));
  slider.max = snapshots.length - 1;
  slider.value = slider.max;
  options(textChoice, newest.texts.map(t => t.text));
  const numbers = count => ["mean", ...Array(count).keys()];

  // The weights of a layer and head, or the mean of those that are not chosen.
  const weights = text => {
    const size = text.queries.length * text.keys.length, sum = new Float32Array(size);
    const layers = Number(layerChoice.value) < 0 ? text.attention : [text.attention[layerChoice.value]];
    const heads = Number(headChoice.value) < 0 ? [...Array(text.heads).keys()] : [Number(headChoice.value)];
    for (const layer of layers) {
      const bytes = atob(layer);
      for (const head of heads)
        for (let i = 0; i < size; i++) sum[i] += bytes.charCodeAt(head * size + i) / 255 / layers.length / heads.length;
    }
    return sum;
  };

  const draw = () => {
    const snapshot = snapshots[slider.value], text = snapshot.texts[textChoice.value], sum = weights(text);
    output.textContent = snapshot.step.toLocaleString("en");
    const places = text.predictions.map(p => p.at);
    if (!places.includes(chosen)) chosen = places.length ? places[places.length - 1] : -1;
    map.style.gridTemplateColumns = `max-content repeat(${text.keys.length}, 22px)`;
    const cells = [element("span", "", ""), ...text.keys.map(key => element("span", "key", visible(key)))];
    text.queries.forEach((query, row) => {
      const name = element("span", row === chosen ? "query chosen" : "query", visible(query));
      name.onclick = () => { chosen = row; draw(); };
      cells.push(name);
      text.keys.forEach((key, column) => {
        const weight = sum[row * text.keys.length + column], cell = element("span", "cell", "");
        cell.style.setProperty("--share", Math.sqrt(weight).toFixed(3));
        cell.title = `${visible(query)} → ${visible(key)}: ${(100 * weight).toFixed(1)}%`;
        cells.push(cell);
      });
    });
    map.replaceChildren(...cells);
    const found = text.predictions.find(p => p.at === chosen);
    const heading = !found ? "" : chosen < 0 ? "label" : text.cross ? `expected where ${visible(text.queries[chosen])} stands` : `expected at ${visible(text.queries[chosen])}`;
    predictions.replaceChildren(...(found ? [element("b", "", heading), ...found.top.flatMap(([token, share]) => {
      const bar = element("i", "", "");
      bar.style.width = `${Math.max(1, 100 * share)}%`;
      return [element("span", "", visible(token)), element("span", "", `${(100 * share).toFixed(1)}%`), bar];
    })] : []));
  };
  const begin = () => {
    const text = newest.texts[textChoice.value];
    options(layerChoice, numbers(text.attention.length));
    options(headChoice, numbers(text.heads));
    chosen = -1;
    draw();
  };
  for (const control of [slider, layerChoice, headChoice]) control.addEventListener("input", draw);
  textChoice.addEventListener("input", begin);
  begin();
}
