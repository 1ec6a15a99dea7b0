// The standard library: it parses, is documented, bears no name twice, and every block elaborates with an open batch.

import { describe, expect, it } from "vitest";
import type { Block } from "../../grammar/ast.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { parse } from "../../grammar/index.ts";
import { stdlibSources } from "../../compiler/stdlib/sources.generated.ts";
import { explained, loadText } from "../oracle/support/program.ts";
import {
  dataUses,
  averageUses,
  initialiserUses,
  metricUses,
  modelUses,
  optimizerUses,
  scheduleUses,
} from "./uses.ts";

interface Found {
  readonly file: string;
  readonly block: Block;
}

function blocksOf(): Found[] {
  return Object.entries(stdlibSources).flatMap(([path, text]) => {
    const reporter = new Reporter();
    const module = parse({ path, text }, reporter);
    expect(reporter.diagnostics.map((d) => `${path}: ${d.message}`)).toEqual([]);
    return module.declarations.flatMap((d) =>
      d.kind === "block" ? [{ file: path, block: d }] : [],
    );
  });
}

describe("the standard library", () => {
  it("says what each block is", () => {
    const silent = blocksOf().filter(({ block }) => (block.doc ?? "").trim().length < 10);
    expect(silent.map(({ block }) => block.name.text)).toEqual([]);
  });

  it("bears no name twice", () => {
    const names = blocksOf().map(({ block }) => block.name.text);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("is used whole by this test", () => {
    const tables = [
      modelUses,
      initialiserUses,
      optimizerUses,
      averageUses,
      scheduleUses,
      metricUses,
      dataUses,
    ];
    const used = tables.flatMap((table) => Object.keys(table));
    expect(
      blocksOf()
        .map(({ block }) => block.name.text)
        .sort(),
    ).toEqual(used.sort());
  });
});

/** Every mistake of a source text, elaborated as far as it goes. */
function mistakes(text: string): string[] {
  return explained(text, () => {
    const loaded = loadText(text);
    return loaded.checkAll().map((d) => `${d.code}: ${d.message}`);
  });
}

function each(
  table: Readonly<Record<string, readonly unknown[]>>,
  text: (use: string) => string,
): void {
  for (const [name, uses] of Object.entries(table)) {
    for (const use of uses) {
      const [expression] = Array.isArray(use) ? (use as string[]) : [String(use)];
      it(`${name}: ${String(expression)}`, () => {
        const source = Array.isArray(use)
          ? `model M(${(use as string[])[1] ?? "x: [batch, 6]"}) -> (y: [...]) = ${String(expression)}\n`
          : text(String(use));
        expect(mistakes(source), source).toEqual([]);
      });
    }
  }
}

const training = (entries: string, body = "x |> dense(5)"): string => `
data given = synthetic(20) {
  field x: [4] = zeros([4])
  field label: i32[] = 0
}
model Net(x: [batch, 4]) -> (logits: [batch, 5]) = ${body}
train net = Net on given {
  loss = cross_entropy(logits, label)
  batch = 4
  epochs = 1
  ${entries}
}
`;

describe("layers, activations, losses elaborate", () => {
  each(modelUses, (use) => use);
});

describe("initialisers elaborate", () => {
  each(
    initialiserUses,
    (use) =>
      `model M(x: []) -> (y: []) {\n  param w: [8, 4, 3, 3] = ${use}\n  return x + sum(w)\n}\n`,
  );
});

describe("optimizers elaborate", () => {
  each(optimizerUses, (use) => training(`optimizer = ${use}`));
});

describe("averages elaborate", () => {
  each(averageUses, (use) => training(`optimizer = sgd(lr = 0.1)  average = ${use}`));
});

describe("schedules elaborate", () => {
  each(scheduleUses, (use) => training(`optimizer = sgd(lr = ${use})`));
});

describe("metrics elaborate", () => {
  each(metricUses, (use) => training(`optimizer = sgd(lr = 0.1)  metrics = { value = ${use} }`));
});

describe("data blocks elaborate", () => {
  each(
    dataUses,
    (use) => `
data given = synthetic(20) {
  field raw: [3, 4, 4] = normal([3, 4, 4])
  field x: [3, 4, 4] = ${use}
}
model Net(x: [batch, 3, 4, 4]) -> (y: [batch, 2]) = x |> flatten |> dense(2)
train net = Net on given {
  loss = mean(y)  optimizer = sgd  batch = 4  epochs = 1
}
`,
  );
});
