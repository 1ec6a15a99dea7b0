// Reading an operand through index forms, a line at a time: along one axis every form is linear, so the elements that
// exist are one interval, a constant distance apart.

import { stridesOf, type KnownForm } from "./tensor.ts";

/** The part of a line that lies inside the operand: positions from … to − 1, the first at `address`. */
export interface Line {
  from: number;
  to: number;
  address: number;
  step: number;
}

export interface LineReader {
  /** Line along `axis` (positions 0 … extent − 1) at an index of all axes. */
  (index: readonly number[], axis: number, extent: number, line: Line): void;
  /** Every line is one interval; otherwise lines must be asked for with extent 1. */
  readonly regular: boolean;
}

export function lineReader(forms: readonly KnownForm[], shape: readonly number[]): LineReader {
  const strides = stridesOf(shape);
  const read = (index: readonly number[], axis: number, extent: number, line: Line): void => {
    line.from = 0;
    line.to = extent;
    line.address = 0;
    line.step = 0;
    for (let d = 0; d < forms.length; d++) {
      const form = forms[d];
      if (!form) continue;
      let start = form.offset;
      let slope = 0;
      for (const term of form.terms) {
        if (term.axis === axis) slope += term.coefficient;
        else start += term.coefficient * (index[term.axis] ?? 0);
      }
      if (extent === 1) {
        // The position is the index's own.
        start += slope * (index[axis] ?? 0);
        slope = 0;
      }
      if (form.divisor !== 1) {
        if (start % form.divisor !== 0) {
          line.to = 0;
          return;
        }
        start /= form.divisor;
        slope /= form.divisor;
      }
      const size = shape[d] ?? 0;
      if (slope === 0) {
        if (start < 0 || start >= size) {
          line.to = 0;
          return;
        }
      } else {
        // 0 ≤ start + slope·i ≤ size − 1
        const first = slope > 0 ? -start / slope : (size - 1 - start) / slope;
        const last = slope > 0 ? (size - 1 - start) / slope : -start / slope;
        line.from = Math.max(line.from, Math.ceil(first));
        line.to = Math.min(line.to, Math.floor(last) + 1);
      }
      const stride = strides[d] ?? 0;
      line.address += start * stride;
      line.step += slope * stride;
    }
    line.address += line.from * line.step;
  };
  const regular = forms.every((form) => {
    const slopes = new Map<number, number>();
    for (const t of form.terms) slopes.set(t.axis, (slopes.get(t.axis) ?? 0) + t.coefficient);
    return [...slopes.values()].every((slope) => slope % form.divisor === 0);
  });
  return Object.assign(read, { regular });
}
