// What a name may look like: a letter of any script or `_`, then letters, digits, `_` and the marks
// that many scripts need to write a letter.

/** What may follow in a name, and a whole one, as sources of regular expressions: highlighting uses them, too. */
export const namePartSource = String.raw`[\p{L}\p{Nl}\p{M}\p{Nd}_]`;
export const nameSource = String.raw`[\p{L}\p{Nl}_]${namePartSource}*`;

const nameAt = new RegExp(nameSource, "uy");
const wholeName = new RegExp(`^${nameSource}$`, "u");

/** Matches the name that starts at `offset`: chevrotain's custom pattern for the token. */
export function matchName(text: string, offset: number): RegExpExecArray | null {
  nameAt.lastIndex = offset;
  return nameAt.exec(text);
}

/**
 * First characters of names for the lexer's table. Chevrotain cannot read them off a pattern with the
 * `u` flag, and its table has one row for each character below 256 and one for every 255 above, so
 * one character of each row is enough. That a row holds no letter costs one failed match.
 */
export const nameStartHints: number[] = [
  ...Array.from({ length: 256 }, (_, code) => code).filter((code) =>
    isName(String.fromCharCode(code)),
  ),
  ...Array.from({ length: 257 }, (_, row) => Math.max(256, (row + 1) * 255)).filter(
    (code) => code <= 0xffff,
  ),
];

export function isName(text: string): boolean {
  return wholeName.test(text);
}

/** One spelling for names that look alike: `é` as one character and as `e` with an accent is one name. */
export function normalizeName(text: string): string {
  return isAscii(text) ? text : text.normalize("NFC");
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
