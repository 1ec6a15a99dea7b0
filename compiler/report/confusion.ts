// A confusion matrix and the wrong examples of a split, as HTML.

import type { Inspection } from "../api/inspect.ts";
import { html, raw, type Html } from "./html.ts";
import { tableHtml } from "./page.ts";
import { pictureAddress } from "./pictures.ts";

/** More classes than this fit on no screen: then the commonest confusions are listed. */
const mostClasses = 32;

export function confusionHtml(found: Inspection): Html {
  const name = (index: number): string => found.names[index] ?? String(index);
  const right = found.counts.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  const told = html`<p class="muted">
    ${right} of ${found.examples} examples of the ${found.split} split are classified as labelled.
  </p>`;
  const body = found.classes <= mostClasses ? matrix(found, name) : commonest(found, name);
  return html`<h2>Confusion (${found.split})</h2>
    ${told} ${body} ${wrongHtml(found, name)}`;
}

function matrix({ counts }: Inspection, name: (index: number) => string): Html {
  const head = counts.map((_, i) => html`<th>${name(i)}</th>`);
  const rows = counts.map((row, label) => {
    const total = row.reduce((sum, n) => sum + n, 0);
    const cells = row.map((n, predicted) => {
      const share = total === 0 ? 0 : n / total;
      // Errors are rarer than hits: their colour grows faster.
      const shown = predicted === label ? share : Math.min(1, Math.sqrt(share));
      const state = n === 0 ? "none" : shown > 0.6 ? "strong" : "";
      const title = `${name(label)} taken for ${name(predicted)}: ${n} of ${total} (${percent(share)})`;
      const hue = predicted === label ? "var(--c0)" : "var(--c1)";
      return html`<td
        class="${state}"
        style="--share:${shown.toFixed(3)};--hue:${hue}"
        title="${title}"
      >
        ${n}
      </td>`;
    });
    return html`<tr>
      <th class="row">${name(label)}</th>
      ${cells}
      <td style="--share:0" title="${name(label)}: share of its examples that are right">
        ${total === 0 ? "" : percent((row[label] ?? 0) / total)}
      </td>
    </tr>`;
  });
  return html`<p class="muted">A row is a label, a column what the model says.</p>
    <div class="scroll" tabindex="0">
      <table class="confusion">
        <tr>
          <th></th>
          ${head}
          <th>right</th>
        </tr>
        ${rows}
      </table>
    </div>`;
}

function commonest({ counts }: Inspection, name: (index: number) => string): Html {
  const pairs = counts.flatMap((row, label) =>
    row.flatMap((n, predicted) => (n > 0 && predicted !== label ? [{ label, predicted, n }] : [])),
  );
  const rows = pairs
    .sort((a, b) => b.n - a.n)
    .slice(0, 30)
    .map(({ label, predicted, n }) => [name(label), name(predicted), String(n)]);
  return tableHtml(
    [{ title: "label" }, { title: "taken for" }, { title: "examples", kind: "number" }],
    rows,
  );
}

function wrongHtml({ wrong }: Inspection, name: (index: number) => string): Html {
  const pictures = wrong.flatMap((example) =>
    example.picture ? [{ ...example, picture: example.picture }] : [],
  );
  if (pictures.length === 0) return raw("");
  const tiles = pictures.map(
    ({ index, label, predicted, confidence, picture }) =>
      html`<figure>
        <img src="${pictureAddress(picture)}" alt="example ${index}" title="example ${index}" />
        <figcaption>
          ${name(label)}<br /><s>${name(predicted)}</s> ${percent(confidence)}
        </figcaption>
      </figure>`,
  );
  return html`<h2>Wrong, and surest</h2>
    <p class="muted">The label, and below it what the model says with its probability.</p>
    <div class="pictures">${tiles}</div>`;
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value > 99 && value < 100 ? value.toFixed(1) : value.toFixed(0)} %`;
}
