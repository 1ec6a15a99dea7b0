// Names and strings of a stranger's file cannot escape into generated code. Kernels are called after their layers, and
// comments tell their places, in letters, digits and a few harmless signs; nothing else of the file is there.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeFolder, type Folder } from "../support/command.ts";

const hostile = "evil\"'`${evil()}*/evil()/*\\u{22}<!--";
const place = "evil`${evil()}' \u2028 \n evil() *";
const file = `${place}/evil.dlm`;
const table = "evil'` *.csv";

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const literal = (text: string): string => JSON.stringify(text);

const header = [hostile, "evilColumn", "evil\nline"].map(quoted).join(",");
const rows = Array.from({ length: 12 }, (_, i) => `${i},${i * 2},${(i * 7) % 5}`);

/** Every place where a name or a string may stand: columns, fields, parameters, states, layers, metrics, patterns. */
const program = `
data evilData = csv(${literal(table)}, missing = [${literal(hostile)}]) {
  let evilScale = standardize
  field evilField: [...] = columns("number", except = [${literal(hostile)}]) |> evilScale
  field evilZiel: [] = evilColumn
  split = holdout(validation = 0.25)
}

block evilLayer(evilSetting: string = ${literal(hostile)})(x: [evilBatch, d]) -> [evilBatch, d] {
  param evilWeight: [d] = uniform
  state evilState: [d] = zeros
  update evilState = evilState + 1
  return x * evilWeight + evilState |> dropout(0.1)
}

model EvilModel(evilField: [evilBatch, d]) -> (evilGuess: [evilBatch]) {
  let größeEvil = evilLayer(evilSetting = ${literal(hostile)})
  return (evilField |> größeEvil |> evilLayer |> dense(1))[:, 0]
}

train evilTraining = EvilModel on evilData {
  loss = mse(evilGuess, evilZiel)
  metrics = { ${literal(hostile)} = mse(evilGuess, evilZiel), evilMetric = average(abs(evilGuess - evilZiel)) }
  optimizer = { "größeEvil.*" = adam(lr = 0.01), "*" = sgd(lr = 0.01) }
  batch = 3
  epochs = 2
}
`;

/** Lines of generated code that hold more of the file than a kernel's name or a harmless comment. */
function strangeIn(code: string): string[] {
  return code.split("\n").filter((line) => {
    if (/^\s*\/\//.test(line)) return !/^\s*\/\/[\p{L}\p{N} ._:/<>+|·?,;()[\]=*-]*$/u.test(line);
    if (/[^\x20-\x7e]|[`\\]|\$\{|<!--|\*\//.test(line)) return true;
    return /evil|gr\W?\W?e/i.test(line.replace(/\b[a-z]\d+_\w+/g, ""));
  });
}

describe("generated code", () => {
  let folder: Folder;
  beforeAll(() => {
    folder = makeFolder({
      [file]: program,
      [`${place}/${table}`]: `${header}\n${rows.join("\n")}\n`,
    });
  });
  afterAll(() => {
    folder.remove();
  });

  for (const stage of ["js", "wgsl"]) {
    test.each(["train", "evaluate", "predict", "gradients"])(`${stage} of %s`, async (kind) => {
      const ran = await folder.run(["compile", file, "--emit", stage, "--program", kind]);
      expect(ran.error).toBe("");
      expect(ran.code).toBe(0);
      expect(ran.out.length).toBeGreaterThan(200);
      expect(strangeIn(ran.out)).toEqual([]);
    });
  }

  test("the file trains all the same", async () => {
    const ran = await folder.run(["train", file, "--log", "json", "--out", "run"]);
    expect(ran.error).toBe("");
    expect(ran.code).toBe(0);
  });

  test("the graph as text shows the names", async () => {
    const ran = await folder.run(["compile", file, "--emit", "graph"]);
    expect(ran.code).toBe(0);
    expect(ran.out).toContain("evilWeight");
  });
});
