// Tokens for people to read.

/** Visible ends: a space or a line end is a token too. */
export function visibleToken(token: string): string {
  return token.replaceAll("\n", "↵").replaceAll("\t", "⇥").replaceAll(" ", "␣");
}
