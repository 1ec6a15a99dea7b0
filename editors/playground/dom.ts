// Small ways to the page's elements.

/** The element with this id, which the page holds. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found as T;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  settings: { readonly class?: string; readonly text?: string } = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (settings.class !== undefined) element.className = settings.class;
  if (settings.text !== undefined) element.textContent = settings.text;
  element.append(...children);
  return element;
}

/** A variable of the style, as colour or text. */
export function styleOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

let hiding: ReturnType<typeof setTimeout> | undefined;

/** Tells something for a few seconds. */
export function toast(text: string, kind: "plain" | "trouble" = "plain"): void {
  const element = byId("toast");
  element.textContent = text;
  element.dataset["kind"] = kind;
  element.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (element.hidden = true), kind === "plain" ? 3500 : 9000);
}

/** Whole numbers as people read them: 12,345. */
export const counted = (value: number): string => value.toLocaleString("en-US");

/** A score in few digits. */
export function scored(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(2);
  return value.toFixed(size >= 100 ? 1 : 4);
}

/** A time as people tell it: 12 ms, 3.4 s, 2 min 5 s. */
export function seconds(value: number): string {
  if (value < 1) return `${Math.round(1000 * value)} ms`;
  if (value < 60) return `${value.toFixed(1)} s`;
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}
