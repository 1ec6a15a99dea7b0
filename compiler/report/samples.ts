// What the model generated after epochs, as part of a run's page: the newest first.

import type { RunHistory } from "./history.ts";
import { html, raw, type Html } from "./html.ts";
import { tableHtml, type Column } from "./page.ts";

/** At most so many epochs are shown: the last, and others evenly before it. */
const mostEpochs = 12;

export function samplesHtml({ samples, epochs }: RunHistory): Html {
  if (samples.length === 0) return raw("");
  const names = [...new Set(samples.map(({ decode }) => decode))];
  return html`<h2>Generated text</h2>
    ${names.map((name) => declarationHtml(name, { samples, epochs }))}`;
}

function declarationHtml(
  name: string,
  { samples, epochs }: Pick<RunHistory, "samples" | "epochs">,
): Html {
  const own = samples.filter(({ decode }) => decode === name);
  const every = Math.ceil(own.length / mostEpochs);
  const shown = own.filter((_, i) => (own.length - 1 - i) % every === 0).reverse();
  const isPair = own.some(({ samples: found }) => found.some(({ wanted }) => wanted !== undefined));
  const columns: Column[] = [
    { title: "epoch", kind: "number" },
    { title: isPair ? "source" : "begins with", kind: "wrap" },
    { title: `${name} generates`, kind: "wrap" },
    ...(isPair ? [{ title: "in the data", kind: "wrap" } as const] : []),
  ];
  const rows = shown.flatMap(({ epoch, samples: found }) =>
    found.map(({ prompt, text, wanted = "" }, i) => [
      i === 0 ? String(epoch) : "",
      prompt,
      text,
      ...(isPair ? [wanted] : []),
    ]),
  );
  const of = epochs.length;
  const told =
    every > 1 ? html`<p class="muted">Of ${of} epochs every ${every}th is shown.</p>` : raw("");
  return html`${told}${tableHtml(columns, rows)}`;
}
