// The encoder and the printer against wabt and the engine.

import { describe, expect, test } from "vitest";

import { createBytes } from "../../../compiler/backends/wasm/bytes.ts";
import { encodeModule } from "../../../compiler/backends/wasm/encode.ts";
import {
  add,
  apply,
  f32,
  f32x4,
  get,
  i32,
  i32x4,
  load,
  local,
  set,
  store,
  type Expr,
  type Func,
  type Module,
} from "../../../compiler/backends/wasm/ir.ts";
import { printModule } from "../../../compiler/backends/wasm/print.ts";
import { operators } from "../../../compiler/backends/wasm/table.ts";
import { everyInstruction } from "./instructions.ts";
import { bytesOf, textOf } from "./wabt.ts";

const memory = { minimumPages: 1, maximumPages: 16, shared: false };

/** The exports of a module over a memory of one page. */
function instantiate(functions: readonly Func[]): {
  readonly exports: Readonly<Record<string, (...args: number[]) => number>>;
  readonly memory: WebAssembly.Memory;
} {
  const own = new WebAssembly.Memory({ initial: 1, maximum: 16 });
  const module = new WebAssembly.Module(encodeModule({ memory, functions }) as BufferSource);
  const { exports } = new WebAssembly.Instance(module, { env: { memory: own } });
  return { exports: exports as Record<string, (...args: number[]) => number>, memory: own };
}

describe("every instruction of the table", () => {
  const module = everyInstruction(true);

  test("is what wabt reads", () => {
    const text = textOf(encodeModule(module));
    const bodies = text.split("(func ").slice(1);
    const found = new Map(bodies.map((body) => [/\$(\S+)/.exec(body)?.[1], body]));
    const missing = module.functions.filter(
      ({ name }) =>
        name !== "memory" &&
        !new RegExp(`\\n\\s+${name.replaceAll(".", "\\.")}\\b`).test(found.get(name) ?? ""),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
    expect(operators.size).toBeGreaterThan(330);
  });

  test("is printed as text of the same bytes", () => {
    expect(bytesOf(printModule(module))).toEqual(encodeModule(module, { names: false }));
  });

  test("is valid for the engine", () => {
    expect(WebAssembly.validate(encodeModule(everyInstruction(false)) as BufferSource)).toBe(true);
  });
});

describe("functions that the surroundings give", () => {
  const given: Func = {
    name: "add_ten",
    params: [local("i32", "to")],
    result: i32(0),
    imported: "ten",
    body: [],
  };
  const to = local("i32", "to");
  const own: Func = {
    name: "twice",
    params: [to],
    result: {
      kind: "call",
      type: "i32",
      to: given,
      args: [{ kind: "call", type: "i32", to: given, args: [get(to)] }],
    },
    exported: "twice",
    body: [],
  };

  test("are imported, called and printed", () => {
    const module: Module = { memory, functions: [given, own] };
    const bytes = encodeModule(module, { names: false });
    expect(bytesOf(printModule(module))).toEqual(bytes);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
      env: {
        memory: new WebAssembly.Memory({ initial: 1, maximum: 16 }),
        ten: (x: number) => x + 10,
      },
    });
    expect((exports["twice"] as (x: number) => number)(5)).toBe(25);
  });

  test("come first", () => {
    expect(() => encodeModule({ memory, functions: [own, given] })).toThrow("twice stands before");
  });
});

describe("numbers", () => {
  test("constants keep their bits", () => {
    const values = [0, -0, 1.1, -3e38, 1e-45, Infinity, -Infinity, NaN, 16777217];
    const whole = [0, 1, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31), 12345678];
    const long = [0, -1, 2 ** 53, -(2 ** 53), 2 ** 62, -(2 ** 63), 127, 128];
    const body = [
      ...values.flatMap((value): Expr[] => [f32(value), { kind: "const", type: "f64", value }]),
      ...whole.map(i32),
      ...long.map((value): Expr => ({ kind: "const", type: "i64", value })),
      ...values.map(f32x4),
      i32x4(1, 2, 3, 4),
      i32x4(0x7fffffff),
      i32x4(0x3f800000, 0, 0x40000000, 0xffffffff),
    ].map((value) => ({ kind: "drop", value }) as const);
    const module: Module = { memory, functions: [{ name: "numbers", params: [], body }] };
    expect(bytesOf(printModule(module))).toEqual(encodeModule(module, { names: false }));
  });

  test("grow without being lost", () => {
    const bytes = createBytes(1);
    for (let i = 0; i < 300; i++) bytes.unsigned(i);
    bytes.bytes(new Uint8Array(1000).fill(9));
    expect(bytes.length).toBe(128 + 2 * 172 + 1000);
    expect(bytes.written().at(-1)).toBe(9);
    expect([...bytes.written().subarray(126, 132)]).toEqual([126, 127, 0x80, 1, 0x81, 1]);
  });
});

/** Σ of `count` floats from `from` on, by four lanes. */
function sumFunction(): Func {
  const from = local("i32", "from");
  const count = local("i32", "count");
  const total = local("v128", "total");
  const lane = (n: number): Expr => apply("f32x4.extract_lane", [get(total)], { lane: n });
  return {
    name: "sum",
    exported: "sum",
    params: [from, count],
    body: [
      { kind: "comment", text: "four sums at once" },
      set(total, f32x4(0)),
      {
        kind: "if",
        test: get(count),
        then: [
          {
            kind: "loop",
            body: [
              set(total, apply("f32x4.add", [get(total), load("v128.load", get(from))])),
              set(from, add(get(from), i32(16))),
              set(count, add(get(count), i32(-4))),
            ],
            again: get(count),
          },
        ],
        otherwise: [{ kind: "return" }],
      },
    ],
    result: apply("f32.add", [
      apply("f32.add", [lane(0), lane(1)]),
      apply("f32.add", [lane(2), lane(3)]),
    ]),
  };
}

test("a loop over vectors runs", () => {
  const { exports, memory: own } = instantiate([sumFunction()]);
  new Float32Array(own.buffer, 64, 8).set([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(exports["sum"]?.(64, 8)).toBe(36);
  expect(exports["sum"]?.(64, 0)).toBe(0);
});

test("functions call each other and share their signatures", () => {
  const x = local("i32", "x");
  const square: Func = {
    name: "square",
    params: [x],
    body: [],
    result: apply("i32.mul", [get(x), get(x)]),
  };
  const y = local("i32", "y");
  const keep: Func = { name: "keep", params: [y], body: [store("i32.store", i32(8), get(y))] };
  const z = local("i32", "z");
  const both: Func = {
    name: "both",
    exported: "both",
    params: [z],
    body: [
      { kind: "run", to: keep, args: [{ kind: "call", type: "i32", to: square, args: [get(z)] }] },
    ],
    result: load("i32.load", i32(0), 8),
  };
  expect(instantiate([square, keep, both]).exports["both"]?.(12)).toBe(144);
  const module: Module = { memory, functions: [square, keep, both] };
  expect(bytesOf(printModule(module))).toEqual(encodeModule(module, { names: false }));
});

test("the text is readable", () => {
  expect(printModule({ memory, functions: [sumFunction()] })).toMatchInlineSnapshot(`
    "(module
      (import "env" "memory" (memory 1 16))
      (func $sum (export "sum") (param $from i32) (param $count i32) (result f32)
        (local $total v128)
        ;; four sums at once
        (local.set $total (v128.const i32x4 0 0 0 0))
        (if
          (local.get $count)
          (then
            (loop
              (local.set $total (f32x4.add (local.get $total) (v128.load (local.get $from))))
              (local.set $from (i32.add (local.get $from) (i32.const 16)))
              (local.set $count (i32.add (local.get $count) (i32.const -4)))
              (br_if 0 (local.get $count))
            )
          )
          (else
            (return
              (f32.add
                (f32.add
                  (f32x4.extract_lane 0 (local.get $total))
                  (f32x4.extract_lane 1 (local.get $total))
                )
                (f32.add
                  (f32x4.extract_lane 2 (local.get $total))
                  (f32x4.extract_lane 3 (local.get $total))
                )
              )
            )
          )
        )
        (f32.add
          (f32.add (f32x4.extract_lane 0 (local.get $total)) (f32x4.extract_lane 1 (local.get $total)))
          (f32.add (f32x4.extract_lane 2 (local.get $total)) (f32x4.extract_lane 3 (local.get $total)))
        )
      )
    )
    "
  `);
});

test("names that clash or hold odd characters stay apart", () => {
  const a = local("f32", "a b");
  const b = local("f32", "a_b");
  const func: Func = {
    name: "größe\n;;)",
    params: [a],
    body: [{ kind: "comment", text: "one\n(two ;)" }, set(b, get(a))],
    result: get(b),
  };
  const module: Module = { memory, functions: [func, { ...func }] };
  expect(bytesOf(printModule(module))).toEqual(encodeModule(module, { names: false }));
});

test("deep expressions and large modules are encoded without much ado", () => {
  let deep: Expr = f32(0);
  let right: Expr = f32(1);
  for (let i = 0; i < 30_000; i++) {
    deep = apply("f32.add", [deep, f32(i)]);
    right = apply("f32.add", [f32(i), right]);
  }
  const body = [deep, right].map((value) => ({ kind: "drop", value }) as const);
  const functions = Array.from({ length: 300 }, (_, i) => ({
    ...sumFunction(),
    name: `f${i}`,
    exported: `f${i}`,
  }));
  const module: Module = { memory, functions: [{ name: "deep", params: [], body }, ...functions] };
  const bytes = encodeModule(module, { names: false });
  expect(bytes.length).toBeGreaterThan(300_000);
  const text = printModule(module);
  expect(text.length).toBeGreaterThan(bytes.length);
});

describe("mistakes of the compiler are found when the tree is made", () => {
  test.each([
    ["an unknown instruction", () => apply("f32x4.fma", []), "there is no instruction f32x4.fma"],
    [
      "operands of a wrong type",
      () => apply("f32.add", [f32(1), i32(1)]),
      "does not take (f32, i32)",
    ],
    ["too few operands", () => apply("f32.sqrt", []), "does not take ()"],
    [
      "a select of two types",
      () => apply("select", [f32(1), i32(1), i32(1)]),
      "select does not take",
    ],
    ["an unknown load", () => load("f32.load8", i32(0)), "there is no load f32.load8"],
    ["a store of a wrong type", () => store("f32.store", i32(0), i32(0)), "does not take (i32)"],
  ])("%s", (_, make, message) => expect(make).toThrow(message));

  test("a function of another module", () => {
    const other: Func = { name: "other", params: [], body: [] };
    const func: Func = { name: "f", params: [], body: [{ kind: "run", to: other, args: [] }] };
    expect(() => encodeModule({ memory, functions: [func] })).toThrow("other does not belong");
  });
});
