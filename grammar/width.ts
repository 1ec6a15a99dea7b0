// How many columns a text takes in a terminal, and text that is safe to print there.

/** Ranges of wide and full-width characters of East Asian scripts, and of emoji shown as pictures. */
// prettier-ignore
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f], [0x231a, 0x231b], [0x2329, 0x232a], [0x23e9, 0x23ec], [0x25fd, 0x25fe],
  [0x2614, 0x2615], [0x2648, 0x2653], [0x26aa, 0x26ab], [0x26bd, 0x26be], [0x26c4, 0x26c5],
  [0x270a, 0x270b], [0x2753, 0x2755], [0x2795, 0x2797], [0x2b1b, 0x2b1c], [0x2e80, 0x303e],
  [0x3041, 0x4dbf], [0x4e00, 0xa4cf], [0xa960, 0xa97f], [0xac00, 0xd7a3], [0xf900, 0xfaff],
  [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6], [0x16fe0, 0x1b2ff], [0x1f300, 0x1f320],
  [0x1f32d, 0x1f335], [0x1f337, 0x1f37c], [0x1f37e, 0x1f393], [0x1f3a0, 0x1f3ca],
  [0x1f3cf, 0x1f3d3], [0x1f3e0, 0x1f3f0], [0x1f3f8, 0x1f43e], [0x1f442, 0x1f4fc],
  [0x1f4ff, 0x1f53d], [0x1f550, 0x1f567], [0x1f5fb, 0x1f64f], [0x1f680, 0x1f6c5],
  [0x1f7e0, 0x1f7eb], [0x1f90c, 0x1f9ff], [0x1fa70, 0x1faff], [0x20000, 0x3fffd],
];

/** Marks that sit on the character before them, and characters without any shape. */
const shapeless = /[\p{Mn}\p{Me}\p{Cf}]/u;

/** Control characters would steer the terminal, and direction marks would show the text in another order. */
const unsafe = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

export const tabWidth = 4;

/** Columns of a text as the frames print it: a tab is `tabWidth` blanks wherever it stands. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

/** The text with a sign in place of every character that must not reach a terminal. */
export function printable(text: string): string {
  return text.replace(unsafe, "\ufffd");
}

function columnsOfCharacter(character: string): number {
  if (character === "\t") return tabWidth;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (printable(character) !== character) return 1;
  if (shapeless.test(character)) return 0;
  return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}
