// A module that holds every instruction of the table once.

import {
  apply,
  atomic,
  f32,
  get,
  i32,
  i32x4,
  load,
  loadLane,
  local,
  store,
  storeLane,
  type Expr,
  type Func,
  type Module,
  type Statement,
  type ValueType,
} from "../../../compiler/backends/wasm/ir.ts";
import { atomics, loads, operators, stores } from "../../../compiler/backends/wasm/table.ts";

/** Some value of a type. */
function sample(type: ValueType): Expr {
  switch (type) {
    case "i32":
      return i32(-3);
    case "f32":
      return f32(1.5);
    case "i64":
      return { kind: "const", type, value: 2 ** 40 };
    case "f64":
      return { kind: "const", type, value: -0.1 };
    case "v128":
      return i32x4(1, 2, 3, 0xffffffff);
    default:
      return type satisfies never;
  }
}

function functionOf(name: string, body: readonly Statement[]): Func {
  return { name, params: [], body };
}

const drop = (value: Expr): Statement => ({ kind: "drop", value });

function applied(name: string): Statement {
  const operator = operators.get(name);
  if (!operator) throw new Error(name);
  const immediates = {
    ...(operator.immediate === "lane" ? { lane: 1 } : {}),
    ...(operator.immediate === "lanes"
      ? { lanes: Array.from({ length: 16 }, (_, i) => 31 - i) }
      : {}),
  };
  return drop(apply(name, operator.params.map(sample), immediates));
}

function stored(name: string): Statement {
  const access = stores.get(name);
  const value = sample(access?.params[0] ?? "i32");
  return access?.lane ? storeLane(name, i32(8), value, 1, 300) : store(name, i32(8), value, 300);
}

/** One function an instruction. */
export function everyInstruction(relaxed: boolean): Module {
  const names = [...operators.keys()].filter((name) => relaxed || !name.includes("relaxed"));
  const address = local("i32", "address");
  return {
    memory: { minimumPages: 1, maximumPages: 2, shared: true },
    functions: [
      ...names.map((name) => functionOf(name, [applied(name)])),
      ...[...loads].map(([name, { lane }]) =>
        functionOf(name, [
          drop(
            lane ? loadLane(name, get(address), sample("v128"), 1) : load(name, get(address), 16),
          ),
        ]),
      ),
      ...[...stores.keys()].map((name) => functionOf(name, [stored(name)])),
      ...[...atomics].map(([name, { params }]) =>
        functionOf(name, [drop(atomic(name, i32(64), params.map(sample), 8))]),
      ),
      functionOf("select", [
        drop(apply("select", [f32(1), f32(-0), i32(1)])),
        drop(apply("select", [sample("v128"), sample("v128"), i32(0)])),
      ]),
      functionOf("memory", [
        { kind: "fence" },
        { kind: "fill", at: i32(0), byte: i32(7), bytes: i32(100) },
        { kind: "copy", to: i32(200), from: i32(0), bytes: i32(100) },
        { kind: "trap" },
      ]),
    ],
  };
}
