// Patterns over parameter paths: `*` stands for any text, dots included.

/** Whether a path fits a pattern. Linear in practice: greedy with one step back, no regular expression is built. */
export function fitsPattern(pattern: string, path: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < path.length) {
    if (p < pattern.length && pattern[p] === "*") {
      star = p++;
      resume = t;
    } else if (p < pattern.length && pattern[p] === path[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p += 1;
  return p === pattern.length;
}

export function countStars(pattern: string): number {
  return pattern.split("*").length - 1;
}

/** What the stars of a pattern stand for in a path that fits it, each as short as it can be. */
export function capture(pattern: string, path: string): string[] {
  const star = pattern.indexOf("*");
  if (star < 0) return [];
  const rest = pattern.slice(star + 1);
  for (let end = star; end <= path.length; end++) {
    const left = path.slice(end);
    if (fitsPattern(rest, left)) return [path.slice(star, end), ...capture(rest, left)];
  }
  return [];
}

/** The pattern with these texts in the places of its stars. */
export function fillStars(pattern: string, texts: readonly string[]): string {
  let next = 0;
  return pattern.replaceAll("*", () => texts[next++] ?? "");
}
