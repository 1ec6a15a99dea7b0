// Which axis of a reshaped value is which axis of the value before.

/** Operand axis → result axis, for axes larger than 1 that a reshape leaves as they are. */
export function sameAxes(from: readonly number[], to: readonly number[]): Map<number, number> {
  const same = new Map<number, number>();
  let i = 0;
  let j = 0;
  while (i < from.length && j < to.length) {
    if (from[i] === 1) {
      i += 1;
    } else if (to[j] === 1) {
      j += 1;
    } else if (from[i] === to[j]) {
      same.set(i++, j++);
    } else {
      // A group of axes that becomes another group: the shortest with equal products.
      let left = from[i++] ?? 1;
      let right = to[j++] ?? 1;
      while (left !== right) {
        if (left < right) left *= from[i++] ?? 1;
        else right *= to[j++] ?? 1;
        if (i > from.length || j > to.length) return same;
      }
    }
  }
  return same;
}
