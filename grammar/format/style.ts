// The one style. Widths are no options: a file looks the same whoever formats it, and in every editor.

/** Columns of a line, where it can be broken. */
export const lineWidth = 130;

export const indentation = 2;
