// Tensors made of nothing: constants, indices, and draws; as initialisers they get their shape from the parameter.

import type { DType } from "../../../runtime/types.ts";
import { isOpen, type Dim } from "../../ir/dim.ts";
import type { Node } from "../../ir/graph.ts";
import { binary } from "../arithmetic.ts";
import { drawingPlace, emit, emitValue, report, scalarInput } from "../context.ts";
import { broadcastNode, castNode, dimNode, toTensor } from "../tensors.ts";
import { describeValue, formatShape } from "../text.ts";
import { errorValue, float, int, tensor, type Value } from "../values.ts";
import {
  input,
  setting,
  settingSpan,
  type Intrinsic,
  type IntrinsicCall,
  type IntrinsicSetting,
} from "./define.ts";
import { readDtype, readNumber, readShape, tensorInputOf } from "./read.ts";

const f32Default: IntrinsicSetting = { name: "dtype", default: { kind: "dtype", dtype: "f32" } };

export function dimNodeValue(call: IntrinsicCall, dim: Dim, dtype: DType): Value {
  const node = dimNode(call.ctx, call.span, dim, dtype);
  return node ? tensor(node) : errorValue;
}

function filled(call: IntrinsicCall, value: Value): Value {
  const dims = readShape(call, "shape");
  const dtype = readDtype(call, "dtype");
  if (!dims || !dtype) return errorValue;
  const scalar = toTensor(call.ctx, call.span, value, dtype);
  const node = scalar && broadcastNode(call.ctx, call.span, scalar, dims);
  return node ? tensor(node) : errorValue;
}

const zeros: Intrinsic = {
  name: "zeros",
  settings: [{ name: "shape" }, f32Default],
  inputs: [],
  build: (call) => filled(call, int(0)),
};
const ones: Intrinsic = {
  name: "ones",
  settings: [{ name: "shape" }, f32Default],
  inputs: [],
  build: (call) => filled(call, int(1)),
};
const full: Intrinsic = {
  name: "full",
  settings: [{ name: "value" }, { name: "shape" }, f32Default],
  inputs: [],
  build: (call) => filled(call, setting(call, "value")),
};

/** Uniform draws in [0, 1). */
function draw(call: IntrinsicCall, shape: readonly Dim[]): Node | undefined {
  const { ctx, span } = call;
  const place = drawingPlace(ctx);
  // In the body of a loop over time every step draws its own numbers.
  const whole = [...ctx.loops.map(({ length }) => length), ...shape];
  const drawn = emit(
    ctx,
    span,
    "random",
    [scalarInput(ctx, span, "$seed"), scalarInput(ctx, span, "$draw")],
    { shape: whole, place },
  );
  return ctx.loops.reduce<Node | undefined>(
    (rows, loop) => rows && emit(ctx, span, "scan_row", [rows], { ...loop }),
    drawn,
  );
}

function scaled(call: IntrinsicCall, node: Node | undefined, factor: Value, offset: Value): Value {
  if (!node) return errorValue;
  const product =
    factor.kind === "float" && factor.value === 1
      ? tensor(node)
      : binary(call.ctx, "*", tensor(node), factor, call.span);
  return offset.kind === "float" && offset.value === 0
    ? product
    : binary(call.ctx, "+", product, offset, call.span);
}

/** A setting that is a number, or a tensor of rank 0 where an open dimension went into it. */
function scalar(call: IntrinsicCall, name: string): Value {
  const value = setting(call, name);
  if (value.kind === "int" && !isOpen(value.value)) return float(value.value);
  if (value.kind === "float" || (value.kind === "tensor" && value.node.type.shape.length === 0))
    return value;
  if (value.kind === "int") return dimNodeValue(call, value.value, "f32");
  return report(call.ctx, "wrong-kind", settingSpan(call, name), {
    what: `the setting \`${name}\` of \`${call.name}\``,
    wanted: "a number",
    found: describeValue(value),
  });
}

const uniform: Intrinsic = {
  name: "uniform",
  settings: [
    { name: "shape" },
    { name: "from", default: float(0) },
    { name: "to", default: float(1) },
  ],
  inputs: [],
  build: (call) => {
    const dims = readShape(call, "shape");
    const [from, to] = [scalar(call, "from"), scalar(call, "to")];
    if (!dims || from.kind === "error" || to.kind === "error") return errorValue;
    const range = binary(call.ctx, "-", to, from, call.span);
    return scaled(call, draw(call, dims), range, from);
  },
};

/** Box and Muller, 1958: √(−2 ln(1 − u)) · cos(2π v). */
function normalNode(call: IntrinsicCall, dims: readonly Dim[]): Node | undefined {
  const { ctx, span } = call;
  const [u, v] = [draw(call, dims), draw(call, dims)];
  if (!u || !v) return undefined;
  const rest = binary(ctx, "-", float(1), tensor(u), span);
  const log = rest.kind === "tensor" ? emitValue(ctx, span, "log", [rest.node]) : rest;
  const square = binary(ctx, "*", float(-2), log, span);
  const radius = square.kind === "tensor" ? emitValue(ctx, span, "sqrt", [square.node]) : square;
  const angle = binary(ctx, "*", float(2 * Math.PI), tensor(v), span);
  const cosine = angle.kind === "tensor" ? emitValue(ctx, span, "cos", [angle.node]) : angle;
  const result = binary(ctx, "*", radius, cosine, span);
  return result.kind === "tensor" ? result.node : undefined;
}

const normal: Intrinsic = {
  name: "normal",
  settings: [
    { name: "shape" },
    { name: "mean", default: float(0) },
    { name: "std", default: float(1) },
  ],
  inputs: [],
  build: (call) => {
    const dims = readShape(call, "shape");
    const [mean, std] = [scalar(call, "mean"), scalar(call, "std")];
    if (!dims || mean.kind === "error" || std.kind === "error") return errorValue;
    return scaled(call, normalNode(call, dims), std, mean);
  },
};

/** Bisections of the inverse distribution function; 30 give all digits of a float. */
const bisections = 30;

const truncatedNormal: Intrinsic = {
  name: "truncated_normal",
  settings: [
    { name: "shape" },
    { name: "mean", default: float(0) },
    { name: "std", default: float(1) },
    { name: "from", default: float(-2) },
    { name: "to", default: float(2) },
  ],
  inputs: [],
  build: (call) => {
    const { ctx, span } = call;
    const dims = readShape(call, "shape");
    const numbers = ["mean", "std", "from", "to"].map((name) => readNumber(call, name));
    const [mean, std, from, to] = numbers;
    if (!dims || mean === undefined || std === undefined || from === undefined || to === undefined)
      return errorValue;
    if (!(from < to) || !(std > 0)) {
      return report(ctx, "value-out-of-range", span, {
        what: "the range of `truncated_normal`",
        value: `${from} … ${to}`,
        expected: "rising, with a positive std",
      });
    }
    const u = draw(call, dims);
    if (!u) return errorValue;
    // erf is odd and rising, so erf(z) = a + u (b − a) is solved for z = (x − mean) / (std √2) by halving an interval.
    const scale = std * Math.SQRT2;
    let [low, high]: Value[] = [float((from - mean) / scale), float((to - mean) / scale)];
    const edge = (z: Value): Value => {
      const node = toTensor(ctx, span, z, "f32");
      return node ? emitValue(ctx, span, "erf", [node]) : errorValue;
    };
    const add = (a: Value, b: Value): Value => binary(ctx, "+", a, b, span);
    const times = (a: Value, b: Value): Value => binary(ctx, "*", a, b, span);
    const [bottom, top] = [edge(low ?? errorValue), edge(high ?? errorValue)];
    const goal = add(bottom, times(tensor(u), binary(ctx, "-", top, bottom, span)));
    for (let i = 0; i < bisections; i++) {
      const middle = times(float(0.5), add(low ?? errorValue, high ?? errorValue));
      const below = binary(ctx, "<", edge(middle), goal, span);
      [low, high] = [
        choose(call, below, middle, low ?? errorValue),
        choose(call, below, high ?? errorValue, middle),
      ];
    }
    const z = times(float(0.5), add(low ?? errorValue, high ?? errorValue));
    return add(times(z, float(scale)), float(mean));
  },
};

function choose(call: IntrinsicCall, condition: Value, a: Value, b: Value): Value {
  const { ctx, span } = call;
  if (condition.kind !== "tensor") return errorValue;
  const { shape } = condition.node.type;
  const nodes = [a, b].map((value) => {
    const node = toTensor(ctx, span, value, "f32");
    return node && broadcastNode(ctx, span, node, shape);
  });
  const [x, y] = nodes;
  return x && y ? emitValue(ctx, span, "select", [condition.node, x, y]) : errorValue;
}

const orthogonal: Intrinsic = {
  name: "orthogonal",
  settings: [{ name: "shape" }, { name: "gain", default: float(1) }],
  inputs: [],
  build: (call) => {
    const { ctx, span } = call;
    const dims = readShape(call, "shape");
    const gain = readNumber(call, "gain");
    if (!dims || gain === undefined) return errorValue;
    if (ctx.build.role !== "initial") {
      return report(ctx, "parameter-place", span, {
        what: "`orthogonal`",
        place: "a program; it is an initialiser of `param`",
      });
    }
    if (dims.length < 2) {
      return report(ctx, "rank-mismatch", span, {
        what: "`orthogonal`",
        expected: "at least two axes",
        found: formatShape(dims),
      });
    }
    const drawn = normalNode(call, dims);
    return scaled(
      call,
      drawn && emit(ctx, span, "host", [drawn], { kind: "orthogonal" }),
      float(gain),
      float(0),
    );
  },
};

const iota: Intrinsic = {
  name: "iota",
  settings: [{ name: "n" }],
  inputs: [],
  build: (call) => {
    const n = setting(call, "n");
    if (n.kind !== "int" || (typeof n.value === "number" && n.value < 0)) {
      return report(call.ctx, "wrong-kind", settingSpan(call, "n"), {
        what: "the setting `n` of `iota`",
        wanted: "an int from 0",
        found: describeValue(n),
      });
    }
    return emitValue(call.ctx, call.span, "iota", [], { shape: [n.value], axis: 0 });
  },
};

const tensorOf: Intrinsic = {
  name: "tensor",
  settings: [],
  inputs: ["list"],
  numeric: true,
  build: (call) => {
    const value = input(call, 0);
    if (value.kind === "fitted")
      return report(call.ctx, "not-yet", call.span, { what: `\`tensor(${value.path})\`` });
    const node = tensorInputOf(call, 0, "list");
    return node ? tensor(node) : errorValue;
  },
};

const oneHot: Intrinsic = {
  name: "one_hot",
  settings: [{ name: "classes" }],
  inputs: ["x"],
  build: (call) => {
    const classes = setting(call, "classes");
    const node = tensorInputOf(call);
    if (!node) return errorValue;
    if (classes.kind !== "int") {
      return report(call.ctx, "wrong-kind", settingSpan(call, "classes"), {
        what: "the setting `classes` of `one_hot`",
        wanted: "an int",
        found: describeValue(classes),
      });
    }
    const { dtype } = node.type;
    if (dtype === "f32" || dtype === "f16" || dtype === "bool") {
      return report(call.ctx, "dtype-mismatch", call.span, {
        what: "the input of `one_hot`",
        expected: "i32",
        found: dtype,
      });
    }
    const indices = castNode(call.ctx, call.span, node, "i32");
    return indices
      ? emitValue(call.ctx, call.span, "one_hot", [indices], {
          classes: classes.value,
          dtype: "f32",
        })
      : errorValue;
  },
};

export const madeIntrinsics: readonly Intrinsic[] = [
  zeros,
  ones,
  full,
  uniform,
  normal,
  truncatedNormal,
  orthogonal,
  iota,
  tensorOf,
  oneHot,
];
