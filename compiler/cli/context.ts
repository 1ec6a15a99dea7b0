// What a command sees of the world: streams, colours, the working folder. Tests give their own.

import type picocolors from "picocolors";

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { diagnosticJson } from "../../grammar/diagnostic-json.ts";
import { renderDiagnostic } from "../../grammar/render.ts";
import type { Bar } from "./bar.ts";

export interface Context {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Standard error is a terminal: bars may move. */
  readonly interactive: boolean;
  /** Of the terminal, as wide as it is now. */
  readonly columns: number;
  /** On standard error; `out` and `error` write above it. */
  readonly bar: Bar;
  readonly colors: ReturnType<typeof picocolors.createColors>;
  /** Aborted by Ctrl-C once `catchInterrupts` was called; before, Ctrl-C ends the process at once. */
  readonly signal: AbortSignal;
  /** From now on the first Ctrl-C asks for an orderly end, told in the words of `told`, and the second one ends at once. */
  readonly catchInterrupts: (told?: string) => void;
}

/** How diagnostics and results are printed. */
export type Format = "text" | "json";

export function printDiagnostics(
  context: Context,
  diagnostics: readonly Diagnostic[],
  format: Format,
): void {
  if (format === "json") {
    context.out(`${JSON.stringify(diagnostics.map(diagnosticJson), null, 2)}\n`);
    return;
  }
  for (const found of diagnostics) context.error(`${renderDiagnostic(found, context.colors)}\n\n`);
}

/** `12,345,678`. */
export function groupDigits(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Bytes in the binary unit that reads best: `14.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${size} B` : `${size.toFixed(size < 10 ? 2 : 1)} ${units[unit] ?? ""}`;
}

/** A rounded count with a decimal unit: `416 k`, `1.8 G`. */
export function formatCount(value: number): string {
  if (value < 1000) return String(Math.round(value));
  const units = ["", "k", "M", "G", "T"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${scaled.toFixed(scaled < 10 ? 2 : scaled < 100 ? 1 : 0)} ${units[power] ?? ""}`;
}

/** A duration as a person says it: `12 ms`, `3.2 s`, `4 min 05 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
