// HTML as tagged templates: every text that is put in is escaped, unless it is HTML itself.

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Part[];

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return {
    html: strings.reduce((text, piece, i) => text + textOf(parts[i - 1] ?? "") + piece),
  };
}

/** Text that is HTML already. */
export function raw(text: string): Html {
  return { html: text };
}

function textOf(part: Part): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escapeText(part);
  if ("html" in part) return part.html;
  return part.map(textOf).join("");
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
