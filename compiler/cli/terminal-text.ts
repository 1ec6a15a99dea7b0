// Text of others in a terminal.

/** The text with what a terminal would obey shown as U+FFFD; line ends and tabs stay. */
export function withoutControls(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, "\uFFFD");
}
