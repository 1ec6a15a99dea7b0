// The values of a sweep: lists are tried in every combination, ranges are drawn from.

import { createHash } from "node:crypto";

import { UserError } from "../../runtime/errors.ts";

export type SweepAxis = { readonly name: string } & (
  | { readonly kind: "list"; readonly values: readonly string[] }
  | { readonly kind: "range"; readonly from: number; readonly to: number; readonly whole: boolean }
);

/** `lr=0.1,0.03` or `lr=1e-4..1e-1`. Commas within brackets and quotes part nothing. */
export function parseAxis(text: string): SweepAxis {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(0, equals)).trim();
  const value = text.slice(equals + 1).trim();
  if (name === "" || value === "") {
    throw new UserError(`\`--set ${text}\` has no ${name === "" ? "name" : "value"}`, {
      help: "write --set name=value,value or --set name=from..to",
    });
  }
  const number = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-+]?\\d+)?";
  const range = new RegExp(`^(${number})\\.\\.(${number})$`, "i").exec(value);
  if (!range) return { name, kind: "list", values: splitList(value) };
  const from = Number(range[1]);
  const to = Number(range[2]);
  if (!(from < to)) {
    throw new UserError(`\`--set ${text}\`: a range goes from a lower number to a higher one`, {});
  }
  const whole = /^\d+\.\.\d+$/.test(value);
  return { name, kind: "range", from, to, whole };
}

function splitList(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let part = "";
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (!quoted && "([{".includes(character)) depth += 1;
    if (!quoted && ")]}".includes(character)) depth -= 1;
    if (character === "," && depth === 0 && !quoted) {
      parts.push(part.trim());
      part = "";
    } else part += character;
  }
  return [...parts, part.trim()].filter((each) => each !== "");
}

/** Every combination of the lists, the last name changing fastest. Ranges have no grid. */
export function gridTrials(axes: readonly SweepAxis[]): string[][] {
  return axes.reduce<string[][]>(
    (trials, axis) => {
      if (axis.kind === "range") {
        throw new UserError(`a range for ${axis.name} needs --random N`, {
          help: "or write the values to try: --set name=value,value",
        });
      }
      return trials.flatMap((sets) =>
        axis.values.map((value) => [...sets, `${axis.name}=${value}`]),
      );
    },
    [[]],
  );
}

/** `count` draws: of lists one value, of ranges by the logarithm where both ends are above 0. The same seed and number of
 *  a trial give the same values, whatever `count` is. */
export function randomTrials(axes: readonly SweepAxis[], count: number, seed: number): string[][] {
  return Array.from({ length: count }, (_, trial) =>
    axes.map((axis) => `${axis.name}=${drawValue(axis, uniform(`${seed}:${trial}:${axis.name}`))}`),
  );
}

function drawValue(axis: SweepAxis, draw: number): string {
  if (axis.kind === "list") return axis.values[Math.floor(draw * axis.values.length)] ?? "";
  const { from, to, whole } = axis;
  const value = from > 0 ? from * (to / from) ** draw : from + draw * (to - from);
  return whole ? String(Math.round(value)) : String(Number(value.toPrecision(4)));
}

/** In [0, 1), from 32 bits of a hash: trials need no stream of numbers, and any one can be drawn by itself. */
function uniform(key: string): number {
  return createHash("sha256").update(key).digest().readUInt32BE(0) / 2 ** 32;
}
