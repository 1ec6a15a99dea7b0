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

/** Pairs of sentences that say the same, word by word. */
function pairs(count: number): string {
  const english = ["we", "run", "they", "go", "home", "now", "wait"];
  const french = ["nous", "courons", "ils", "vont", "maison", "maintenant", "attends"];
  return Array.from({ length: count }, (_, i) => {
    const chosen = Array.from({ length: 1 + (i % 3) }, (__, j) => (i * 5 + j * 3) % english.length);
    const text = (words: readonly string[]): string =>
      `${chosen.map((n) => words[n] ?? "").join(" ")} .`;
    return `${text(english)}\t${text(french)}\n`;
  }).join("");
}

/** Sentences with a word that tells their label. */
function reviews(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const word = i % 2 === 0 ? "dull" : "brilliant";
    return `${i % 2}\ta ${word} story of ${words[i % words.length] ?? ""} and night`;
  });
  return `label\ttext\n${rows.join("\n")}\n`;
}

/** By file name. */
export function smallTexts(): Map<string, string> {
  return new Map([
    ["text/timemachine.txt", story(300)],
    ["text/tinyshakespeare.txt", story(300)],
    ["translation/fra.txt", pairs(120)],
    ["sentiment/mr_polarity.tsv", reviews(200)],
  ]);
}
