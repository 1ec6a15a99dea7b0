// A curve in one line of text.

const levels = "▁▂▃▄▅▆▇█";

/** The values as so many characters, each the mean of those in its place; the lowest is ▁, the highest █. */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  const count = Math.min(width, finite.length);
  const means = Array.from({ length: count }, (_, i) => {
    const part = finite.slice(
      Math.floor((i * finite.length) / count),
      Math.floor(((i + 1) * finite.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...means);
  const range = Math.max(...means) - low;
  return means
    .map((mean) => levels[range > 0 ? Math.round(((mean - low) / range) * 7) : 0])
    .join("");
}

/** Values of a run of any length in little memory: when it is full, neighbours become their mean. */
export class Curve {
  readonly values: number[] = [];
  private group = 1;
  private sum = 0;
  private count = 0;

  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.sum += value;
    this.count += 1;
    if (this.count < this.group) return;
    this.values.push(this.sum / this.count);
    this.sum = this.count = 0;
    if (this.values.length < 256) return;
    const halves = this.values.flatMap((each, i) =>
      i % 2 === 0 ? [(each + (this.values[i + 1] ?? each)) / 2] : [],
    );
    this.values.splice(0, this.values.length, ...halves);
    this.group *= 2;
  }
}
