// `scan`: the loop over time. The step is elaborated once, over markers that stand for the row and the carry at hand.

import { compare, formatDim, type Dim } from "../../ir/dim.ts";
import type { Attrs, Node } from "../../ir/graph.ts";
import { callValue } from "../call.ts";
import { emit, loopName, repetitionOf, report, withLoop, withPlace } from "../context.ts";
import { sameShape, toTensor } from "../tensors.ts";
import { describeValue, formatShape } from "../text.ts";
import {
  bool,
  errorValue,
  int,
  isCallable,
  noneValue,
  tensor,
  tuple,
  type Value,
} from "../values.ts";
import { input, inputName, setting, type Intrinsic, type IntrinsicCall } from "./define.ts";
import { readBool, readInt } from "./read.ts";

const scan: Intrinsic = {
  name: "scan",
  settings: [
    { name: "step" },
    { name: "axis", default: int(1) },
    { name: "reverse", default: bool(false) },
  ],
  inputs: ["xs", "init"],
  build: (call) => {
    const axis = readInt(call, "axis");
    const reverse = readBool(call, "reverse");
    const body = setting(call, "step");
    if (axis === undefined || reverse === undefined) return errorValue;
    if (!isCallable(body)) {
      return report(call.ctx, "wrong-kind", call.span, {
        what: "the setting `step` of `scan`",
        wanted: "a block or lambda of a row and a carry",
        found: describeValue(body),
      });
    }
    const rows = mapTensors(call, input(call, 0), "xs", (node) => timeFirst(call, node, axis));
    const init = mapTensors(call, input(call, 1), "init", (node) => node);
    if (!rows || !init) return errorValue;
    const length = commonLength(call, tensorsIn(rows));
    if (length === undefined) return errorValue;
    return runScan(call, body, { rows, init, length, reverse, axis });
  },
};

interface Parts {
  readonly rows: Value;
  readonly init: Value;
  readonly length: Dim;
  readonly reverse: boolean;
  readonly axis: number;
}

function runScan(call: IntrinsicCall, body: Value, parts: Parts): Value {
  const { ctx, span } = call;
  const { rows, init, length, reverse, axis } = parts;
  const range = { loop: loopName(ctx), length, reverse };
  const attrs: Attrs = range;
  const marker = (op: string, inputs: readonly Node[], more: Attrs = {}): Value => {
    const node = emit(ctx, span, op, inputs, { ...attrs, ...more });
    return node ? tensor(node) : errorValue;
  };
  const initial = tensorsIn(init);
  const row = rebuild(
    rows,
    tensorsIn(rows).map((node) => marker("scan_row", [node])),
  );
  const carry = rebuild(
    init,
    initial.map((node, slot) => marker("scan_carry", [node], { slot })),
  );
  const place = `${span.file.path}:${span.start}:${span.end}`;
  const repetition = repetitionOf(ctx, ctx.place.repetition, place);
  const updates = ctx.build.updates.size;
  const result = withPlace(ctx, { ...ctx.place, repetition }, () =>
    withLoop(ctx, range, () =>
      callValue(ctx, body, { positional: [row, carry], named: [] }, span, place),
    ),
  );
  if (result.kind === "error") return errorValue;
  if (ctx.build.updates.size > updates)
    return report(ctx, "not-yet", span, { what: "a state that changes within a `scan`" });
  const [emitted, handed, ...more] = result.kind === "tuple" ? result.items : [];
  if (emitted === undefined || handed === undefined || more.length > 0) {
    return report(ctx, "wrong-kind", span, {
      what: "the result of the step of `scan`",
      wanted: "a tuple of what it gives and what it hands on",
      found: describeValue(result),
    });
  }
  const next = handOn(call, init, handed);
  if (!next) return errorValue;
  const end = emit(ctx, span, "scan_end", next, attrs);
  const given = emitted.kind === "none" ? noneValue : tensorsOnly(call, emitted);
  if (!end || !given) return errorValue;
  const stacked = tensorsIn(given).map((node) => {
    const stack = emit(ctx, span, "scan_stack", [node, end], attrs);
    const back = stack && timeBack(call, stack, axis);
    return back ? tensor(back) : errorValue;
  });
  const last = next.map((node, slot) => marker("scan_last", [node, end], { slot }));
  if ([...stacked, ...last].some(({ kind }) => kind === "error")) return errorValue;
  return tuple([rebuild(given, stacked), rebuild(init, last)]);
}

/** What is handed on: as many tensors as the carry has, with its types. */
function handOn(call: IntrinsicCall, init: Value, handed: Value): Node[] | undefined {
  const { ctx, span } = call;
  const initial = tensorsIn(init);
  const parts = handed.kind === "tuple" || handed.kind === "list" ? flat(handed) : [handed];
  if (parts.length !== initial.length) {
    report(ctx, "wrong-kind", span, {
      what: "what the step of `scan` hands on",
      wanted:
        initial.length === 1 ? "one tensor, as `init`" : `${initial.length} tensors, as \`init\``,
      found: describeValue(handed),
    });
    return undefined;
  }
  const next: Node[] = [];
  for (const [slot, before] of initial.entries()) {
    const node = toTensor(ctx, span, parts[slot] ?? noneValue, undefined, "what `scan` hands on");
    if (!node) return undefined;
    const { dtype, shape } = before.type;
    if (node.type.dtype !== dtype) {
      report(ctx, "dtype-mismatch", span, {
        what: "what the step of `scan` hands on",
        expected: `${dtype}, as \`init\``,
        found: node.type.dtype,
      });
      return undefined;
    }
    if (!sameShape(node.type.shape, shape)) {
      report(
        ctx,
        "shape-mismatch",
        span,
        {
          what: "the carry of `scan`",
          left: formatShape(shape),
          right: formatShape(node.type.shape),
        },
        { notes: [{ message: "a step must hand on what it was given: the same shape as `init`" }] },
      );
      return undefined;
    }
    next.push(node);
  }
  return next;
}

/** The number of steps: all of `xs` have it. */
function commonLength(call: IntrinsicCall, rows: readonly Node[]): Dim | undefined {
  const { ctx, span } = call;
  const [first, ...others] = rows.map((node) => node.type.shape[0] ?? 1);
  if (first === undefined) {
    report(ctx, "wrong-kind", span, {
      what: inputName(call, "xs"),
      wanted: "a tensor or a tuple of tensors",
      found: "nothing to step over",
    });
    return undefined;
  }
  const other = others.find((length) => compare(length, first) !== "equal");
  if (other === undefined) return first;
  report(ctx, "shape-mismatch", span, {
    what: "the number of steps of `scan`",
    left: formatDim(first),
    right: formatDim(other),
  });
  return undefined;
}

function timeFirst(call: IntrinsicCall, node: Node, axis: number): Node | undefined {
  const { ctx, span } = call;
  const rank = node.type.shape.length;
  const from = axis < 0 ? axis + rank : axis;
  if (from < 0 || from >= rank) {
    report(ctx, "axis-out-of-range", span, { axis, shape: formatShape(node.type.shape) });
    return undefined;
  }
  const others = Array.from({ length: rank }, (_, d) => d).filter((d) => d !== from);
  return from === 0 ? node : emit(ctx, span, "transpose", [node], { perm: [from, ...others] });
}

/** The first axis at its place among the others. */
function timeBack(call: IntrinsicCall, node: Node, axis: number): Node | undefined {
  const rank = node.type.shape.length;
  const to = Math.min(axis < 0 ? Math.max(0, axis + rank) : axis, rank - 1);
  if (to === 0) return node;
  const others = Array.from({ length: rank - 1 }, (_, d) => d + 1);
  const perm = [...others.slice(0, to), 0, ...others.slice(to)];
  return emit(call.ctx, call.span, "transpose", [node], { perm });
}

/** A tensor, or a tuple or list of such, with every tensor changed. */
function mapTensors(
  call: IntrinsicCall,
  value: Value,
  name: string,
  change: (node: Node) => Node | undefined,
): Value | undefined {
  if (value.kind === "tuple" || value.kind === "list") {
    const items = value.items.map((item) => mapTensors(call, item, name, change));
    return items.every((item) => item !== undefined) ? tuple(items) : undefined;
  }
  const node = toTensor(call.ctx, call.span, value, undefined, inputName(call, name));
  const changed = node && change(node);
  return changed && tensor(changed);
}

function tensorsOnly(call: IntrinsicCall, value: Value): Value | undefined {
  if (value.kind === "none") return value;
  if (value.kind === "tuple" || value.kind === "list") {
    const items = value.items.map((item) => tensorsOnly(call, item));
    return items.every((item) => item !== undefined) ? tuple(items) : undefined;
  }
  const node = toTensor(call.ctx, call.span, value, undefined, "what the step of `scan` gives");
  return node && tensor(node);
}

function flat(value: Value): readonly Value[] {
  return value.kind === "tuple" || value.kind === "list" ? value.items.flatMap(flat) : [value];
}

function tensorsIn(value: Value): Node[] {
  return flat(value).flatMap((item) => (item.kind === "tensor" ? [item.node] : []));
}

/** The same tuples with other tensors. */
function rebuild(like: Value, tensors: readonly Value[]): Value {
  let next = 0;
  const build = (value: Value): Value => {
    if (value.kind === "tuple") return tuple(value.items.map(build));
    return value.kind === "tensor" ? (tensors[next++] ?? errorValue) : value;
  };
  return build(like);
}

export const scanIntrinsics: readonly Intrinsic[] = [scan];
