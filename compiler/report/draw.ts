// The part of a page that runs in the browser: reads each chart's JSON and draws it, again when the width, the colour
// scheme or the scale changes. Plain JavaScript as text, since it goes into pages as it is.

export const drawScript = `
for (const figure of document.querySelectorAll("figure.chart")) {
  const chart = JSON.parse(figure.querySelector("script").textContent);
  const place = figure.querySelector(".plot");
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const xs = [...new Set(chart.series.flatMap((s) => s.points.map(([x]) => x)))].sort((a, b) => a - b);
  const at = new Map(xs.map((x, i) => [x, i]));
  const columns = chart.series.map((s) => {
    const column = new Array(xs.length).fill(null);
    for (const [x, y] of s.points) column[at.get(x)] = y;
    return column;
  });
  const positive = columns.every((column) => column.every((y) => y === null || y > 0));
  let log = chart.y === "log" && positive;
  let plot;
  const number = (value) => {
    if (value === null || value === undefined) return "";
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  };
  // On a logarithmic axis only powers of ten and their halves have room for a number.
  const ticks = (_, values) => values.map((value) => (value === null ? "" : number(value)));
  const axis = (extra) => ({
    stroke: () => css("--muted"),
    grid: { stroke: () => css("--grid"), width: 1 },
    ticks: { stroke: () => css("--grid"), width: 1, size: 4 },
    font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif",
    values: ticks,
    ...extra,
  });
  const mark = (u) => {
    if (!chart.mark) return;
    const x = u.valToPos(chart.mark.x, "x", true);
    const { ctx, bbox } = u;
    ctx.save();
    ctx.strokeStyle = css("--text");
    ctx.setLineDash([6, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillStyle = css("--text");
    ctx.font = 12 * devicePixelRatio + "px system-ui, sans-serif";
    const left = x > bbox.left + bbox.width / 2;
    ctx.textAlign = left ? "right" : "left";
    ctx.fillText(chart.mark.label, x + (left ? -6 : 6) * devicePixelRatio, bbox.top + 16 * devicePixelRatio);
    ctx.restore();
  };
  const draw = () => {
    if (plot) plot.destroy();
    const width = Math.max(240, place.clientWidth);
    plot = new uPlot(
      {
        width,
        height: Math.round(Math.min(300, Math.max(200, width * 0.55))),
        scales: {
          x: { time: false, ...(chart.xScale === "log" ? { distr: 3 } : {}) },
          y: log ? { distr: 3 } : {},
        },
        axes: [axis({ label: chart.x, labelSize: 20, size: 32, ...(chart.xScale === "log" ? { space: 60 } : {}) }),
          axis({ size: 56 })],
        legend: { live: true },
        cursor: { drag: { x: true, y: false }, points: { size: 6 } },
        hooks: { draw: [mark] },
        series: [
          { label: chart.x, value: (_, v) => number(v) },
          ...chart.series.map((s) => {
            const color = () => css("--c" + (s.color % 6)) + (s.faint ? "66" : "");
            return {
              label: s.label,
              stroke: color,
              width: s.faint ? 1 : 2,
              dash: s.dashed ? [6, 4] : undefined,
              spanGaps: true,
              points: { show: !s.faint && s.points.length <= 40, size: 5, fill: color },
              value: (_, v) => number(v),
            };
          }),
        ],
      },
      [xs, ...columns],
      place,
    );
  };
  if (positive && xs.length > 1) {
    const button = document.createElement("button");
    button.type = "button";
    const name = () => { button.textContent = log ? "linear" : "logarithmic"; };
    button.addEventListener("click", () => { log = !log; name(); draw(); });
    name();
    figure.querySelector("figcaption").append(button);
  }
  draw();
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (Math.abs(place.clientWidth - width) < 2) return;
    width = place.clientWidth;
    draw();
  }).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
}`;
