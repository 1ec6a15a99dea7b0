// A whole page, one self-contained file: light and dark as the reader's system is, readable on a phone.

import { chartScripts, chartStyles } from "./chart.ts";
import { html, raw, type Html } from "./html.ts";

/** Colours `--c0` … `--c5` tell apart for the colour-blind (Okabe and Ito). */
const styles = `
:root { color-scheme: light dark; --page: #fff; --text: #1a1d21; --muted: #5c6570; --grid: #0000001a; --shade: #0000003d; --line: #d8dde3;
  --card: #f6f8fa; --c0: #0072b2; --c1: #d55e00; --c2: #00805c; --c3: #b0568a; --c4: #8a6d00; --c5: #4b5bb5; }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --text: #e6e9ed; --muted: #9aa5b1; --grid: #ffffff1f; --shade: #000000b3;
  --line: #333a42; --card: #1c2127; --c0: #56b4e9; --c1: #ff8f4d; --c2: #3ccfa0; --c3: #e79cc4; --c4: #f0d04a; --c5: #a5b0ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem clamp(.8rem, 3vw, 2rem) 3rem; max-width: 72rem; background: var(--page);
  color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .3rem 0; } .muted, figcaption { color: var(--muted); } code { font-size: .92em; overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .8rem; min-width: 7rem; }
.tile b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; } .tile span { color: var(--muted); font-size: .85rem; overflow-wrap: anywhere; }
.charts { display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
figure { margin: 0; min-width: 0; } figcaption { font-weight: 600; color: var(--text); display: flex; justify-content: space-between; gap: 1rem; }
.chart button { font: 12px system-ui, sans-serif; color: var(--muted); background: none; border: 1px solid var(--line);
  border-radius: .3rem; cursor: pointer; }
.uplot, .uplot * { font-family: inherit; } .u-legend { font-size: 12.5px; text-align: left; } .u-legend th { font-weight: 500; }
.scroll { overflow-x: auto; scrollbar-width: thin; background: linear-gradient(to right, var(--page) 2rem, transparent) left / 4rem 100% local,
  linear-gradient(to left, var(--page) 2rem, transparent) right / 4rem 100% local, linear-gradient(to right, var(--shade), transparent) left / 1rem 100% scroll,
  linear-gradient(to left, var(--shade), transparent) right / 1rem 100% scroll; background-repeat: no-repeat; }
.scroll:focus-visible { outline: 2px solid var(--c0); } .scroll td:first-child, .scroll th:first-child { position: sticky; left: 0; background: var(--page); }
table { border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
table.confusion, table.attention { border-collapse: collapse; }
.scroll td, .scroll th { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
.scroll th { font-weight: 600; color: var(--muted); } .scroll td.n, .scroll th.n { text-align: right; }
.scroll td.wrap { white-space: normal; overflow-wrap: anywhere; min-width: 12rem; }
.best td { font-weight: 650; }
table.confusion td, table.confusion th { text-align: center; padding: .2rem .35rem; border: 1px solid var(--page); min-width: 2.2rem; font-size: 13px; }
table.confusion th { color: var(--muted); font-weight: 500; } table.confusion th.row { text-align: right; }
table.confusion td { background: color-mix(in srgb, var(--hue) calc(var(--share) * 100%), var(--card)); }
table.confusion td.strong { color: var(--page); } table.confusion td.none { color: transparent; }
.pictures { display: grid; gap: .7rem; grid-template-columns: repeat(auto-fill, minmax(5rem, 1fr)); }
.pictures img { width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; background: var(--card); border-radius: .3rem; display: block; }
.pictures figcaption { display: block; font-weight: 400; font-size: 12px; line-height: 1.35; overflow-wrap: anywhere; }
.pictures s { color: var(--c1); text-decoration: none; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
.maps { display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.map figcaption { font-size: 13px; overflow-wrap: anywhere; }
.map img { width: 100%; image-rendering: pixelated; display: block; background: var(--card); }
@media (prefers-color-scheme: dark) { .map img { filter: invert(1); background: color-mix(in srgb, var(--card) 0%, #e3ded8); } }
table.attention th { font-weight: 400; color: var(--muted); padding: 0; border: 0; font-size: 12px; text-align: center; }
table.attention th.row { padding-right: .3rem; text-align: right; }
table.attention th span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 7rem; }
table.attention td { width: 1.1rem; min-width: 1.1rem; height: 1.1rem; padding: 0; border: 1px solid var(--page);
  background: color-mix(in srgb, var(--c0) calc(var(--share) * 100%), var(--card)); }
@media (max-width: 30rem) { body { font-size: 14px; } .tile { min-width: 5.5rem; flex: 1 1 auto; max-width: 100%; }
  .tile b { font-size: 1.1rem; } .scroll { font-size: 13px; } .scroll td, .scroll th { padding-right: .5rem; } .scroll td.wrap { min-width: 9rem; } }
@media print { .chart button { display: none; } }
`;

export function pageHtml(title: string, body: readonly Html[], hasCharts: boolean): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw((hasCharts ? chartStyles() : "") + styles)}
        </style>
      </head>
      <body>
        ${body} ${hasCharts ? chartScripts() : raw("")}
      </body>
    </html> `;
  return page.html;
}

export interface Column {
  readonly title: string;
  readonly kind?: "number" | "wrap";
}

/** A table that scrolls sideways where it is too wide. Rows named in `best` stand out. */
export function tableHtml(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  best?: number,
): Html {
  const name = (kind: Column["kind"]): string =>
    kind === "number" ? "n" : kind === "wrap" ? "wrap" : "";
  const head = columns.map(({ title, kind }) => html`<th class="${name(kind)}">${title}</th>`);
  const body = rows.map(
    (row, i) =>
      html`<tr class="${i === best ? "best" : ""}">
        ${row.map((cell, c) => html`<td class="${name(columns[c]?.kind)}">${cell}</td>`)}
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** A score as a reader wants it: four digits after the point, or an exponent. */
export function scoreText(value: number | undefined | null): string {
  if (value === undefined || value === null) return "";
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size === 0 || (size >= 1e-3 && size < 1e5) ? value.toFixed(4) : value.toExponential(3);
}
