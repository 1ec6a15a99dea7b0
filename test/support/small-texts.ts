// Made texts under the names of the real ones, so that examples on them train in a moment and without a network.

const words =
  "the time traveller smiled round at us then with his hands deep in the pockets of night".split(
    " ",
  );

/** Some words in an order that has a rule, with capitals and line ends. */
function story(count: number): string {
  return Array.from({ length: count }, (_, i) => {
    const word = words[(i * i + 3 * i) % words.length] ?? "";
    return i % 9 === 0 ? `${word.toUpperCase()}:\n` : i % 9 === 8 ? `${word}.\n` : `${word} `;
  }).join("");
}

/** The text for each file name below `text/`. */
export function smallTexts(): Map<string, string> {
  return new Map([
    ["timemachine.txt", story(300)],
    ["tinyshakespeare.txt", story(300)],
  ]);
}
