// What attention looks at, as HTML: a table of shades with its tokens, or a picture where there are too many for words.

import { PNG } from "pngjs";

import { visibleToken } from "../../runtime/data/text/visible.ts";
import type { AttentionExample, AttentionMap, InspectedAttention } from "../api/attention.ts";
import { html, raw, type Html } from "./html.ts";

/** Tokens beside a map up to which they can be read. */
const mostTokens = 32;

export function attentionHtml({ split, examples }: InspectedAttention): Html {
  return html`<h2>Attention (${split})</h2>
    <p class="muted">
      A row is a position that asks, a column one that is looked at; the darker, the more weight.
      Rows add up to 1.
    </p>
    ${examples.map(exampleHtml)}`;
}

function exampleHtml({ index, maps, more }: AttentionExample): Html {
  const rest = more === 0 ? raw("") : html`<p class="muted">${more} more are left out.</p>`;
  return html`<h3>Example ${index + 1}</h3>
    <div class="maps">${maps.map(mapHtml)}</div>
    ${rest}`;
}

function mapHtml(map: AttentionMap): Html {
  const head = map.heads > 1 ? `, head ${map.head} of ${map.heads}` : "";
  const fits = map.rows <= mostTokens && map.columns <= mostTokens;
  return html`<figure class="map">
    <figcaption>${map.layer === "" ? "attention" : map.layer}${head}</figcaption>
    ${fits ? tableOf(map) : pictureOf(map)}
  </figure>`;
}

function tableOf(map: AttentionMap): Html {
  const { rows, columns, queries, keys, weights } = map;
  const query = (row: number): string => visibleToken(queries[row] ?? String(row + 1));
  const key = (column: number): string => visibleToken(keys[column] ?? String(column + 1));
  const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const head = indices(columns).map((column) => html`<th><span>${key(column)}</span></th>`);
  const body = indices(rows).map((row) => {
    const cells = indices(columns).map((column) => {
      const weight = weights[row * columns + column] ?? 0;
      const title = `${query(row)} → ${key(column)}: ${weight.toFixed(3)}`;
      return html`<td style="--share:${shadeOf(weight).toFixed(3)}" title="${title}"></td>`;
    });
    return html`<tr>
      <th class="row">${query(row)}</th>
      ${cells}
    </tr>`;
  });
  return html`<div class="scroll">
    <table class="attention">
      <tr>
        <th></th>
        ${head}
      </tr>
      ${body}
    </table>
  </div>`;
}

/** Rows of many have small weights: shades follow the square root. */
function shadeOf(weight: number): number {
  return Math.sqrt(Math.max(0, weight));
}

/** A pixel a weight, the greatest black. */
function pictureOf({ rows, columns, weights }: AttentionMap): Html {
  const png = new PNG({ width: columns, height: rows });
  const greatest = weights.reduce((most, weight) => Math.max(most, weight), 0) || 1;
  weights.forEach((weight, i) => {
    // Black with the weight as its opacity lies well on a light page; the style turns it round on a dark one.
    png.data.set([0, 0, 0, Math.round(255 * shadeOf(weight / greatest))], 4 * i);
  });
  const address = `data:image/png;base64,${PNG.sync.write(png).toString("base64")}`;
  return html`<img src="${address}" alt="weights of ${rows} by ${columns} positions" />
    <p class="muted">${rows} × ${columns} positions</p>`;
}
