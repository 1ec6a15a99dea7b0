// Charts of a page: their points as JSON in the page, drawn there by uPlot, which is inlined as well.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { drawScript } from "./draw.ts";
import { html, raw, type Html } from "./html.ts";

export interface Series {
  readonly label: string;
  /** Ascending in x; what is not finite is left out. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Index into the page's colours. */
  readonly color: number;
  /** Faint and thin, behind the others: single batches. */
  readonly faint?: boolean;
  readonly dashed?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly series: readonly Series[];
  /** Starts with a logarithmic axis; both can be switched where all values are above 0. */
  readonly y?: "log";
  readonly xScale?: "log";
  /** A vertical line. */
  readonly mark?: { readonly x: number; readonly label: string };
}

/** More points than this only blacken the line. */
const mostPoints = 800;

/** The place of a chart in the page, with its data. */
export function chartHtml(chart: Chart): Html {
  const shown = {
    ...chart,
    series: chart.series
      .map((series) => ({ ...series, points: thinOut(series.points, chart.xScale === "log") }))
      .filter(({ points }) => points.length > 0),
  };
  if (shown.series.length === 0) return raw("");
  // `<` must not end the script element.
  const data = JSON.stringify(shown).replaceAll("<", "\\u003c");
  return html`<figure class="chart">
    <figcaption>${chart.title}</figcaption>
    <div class="plot"></div>
    <script type="application/json">
      ${raw(data)}
    </script>
  </figure>`;
}

/** At most `mostPoints`: each the mean of as many that follow one another. */
export function thinOut(
  points: readonly (readonly [number, number])[],
  geometric = false,
): (readonly [number, number])[] {
  const finite = points.filter(([, y]) => Number.isFinite(y));
  const size = Math.ceil(finite.length / mostPoints);
  if (size <= 1) return [...finite];
  const thin: [number, number][] = [];
  for (let from = 0; from < finite.length; from += size) {
    const group = finite.slice(from, from + size);
    const mean = (values: readonly number[]): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const xs = group.map(([x]) => x);
    const x = geometric ? Math.exp(mean(xs.map(Math.log))) : mean(xs);
    thin.push([rounded(x), rounded(mean(group.map(([, y]) => y)))]);
  }
  return thin;
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** Under a POSIX locale Chromium calls its language en-US@posix, which Intl refuses, and with it uPlot. */
const languageGuard = `try { new Intl.NumberFormat(navigator.language); }
catch { Object.defineProperty(navigator, "language", { value: "en-US" }); }`;

/** The library and what draws with it; once a page that has charts. */
export function chartScripts(): Html {
  const { resolve } = createRequire(import.meta.url);
  const library = readFileSync(resolve("uplot/dist/uPlot.iife.min.js"), "utf8");
  return html`<script>
      ${raw(languageGuard)};
      ${raw(library.replaceAll("</script", "<\\/script"))};
    </script>
    <script>
      ${raw(drawScript)};
    </script>`;
}

export function chartStyles(): string {
  return readFileSync(createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css"), "utf8");
}
