// Lists, and blocks out of blocks: chain, repeat, map.

import { callValue } from "../call.ts";
import { repetitionOf, report, step, stop, withPlace } from "../context.ts";
import { compose } from "../evaluate.ts";
import { limits } from "../limits.ts";
import { describeValue } from "../text.ts";
import {
  errorValue,
  int,
  isCallable,
  isNumber,
  list,
  tuple,
  type Callable,
  type Value,
} from "../values.ts";
import {
  input,
  inputName,
  setting,
  settingSpan,
  type Intrinsic,
  type IntrinsicCall,
} from "./define.ts";

const range: Intrinsic = {
  name: "range",
  settings: [],
  inputs: ["start", "stop", "step"],
  required: 1,
  numeric: true,
  build: (call) => {
    const { ctx, span } = call;
    const numbers: number[] = [];
    for (const value of call.inputs) {
      if (value.kind === "none") continue;
      if (value.kind !== "int")
        return report(ctx, "wrong-kind", span, {
          what: "a bound of `range`",
          wanted: "an int",
          found: describeValue(value),
        });
      if (typeof value.value !== "number")
        return report(ctx, "not-known", span, {
          what: `\`${value.value.text}\`, a bound of \`range\`,`,
        });
      numbers.push(value.value);
    }
    const [first = 0, second, stride = 1] = numbers;
    const [start, end] = second === undefined ? [0, first] : [first, second];
    if (stride === 0)
      return report(ctx, "value-out-of-range", span, {
        what: "the step of `range`",
        value: "0",
        expected: "another number",
      });
    const count = Math.max(0, Math.ceil((end - start) / stride));
    if (count > limits.listLength)
      stop(ctx, span, `the length of this range, ${count},`, `${limits.listLength}`);
    step(ctx, span, count);
    return list(Array.from({ length: count }, (_, i) => int(start + i * stride)));
  },
};

function items(call: IntrinsicCall, value: Value, name: string): readonly Value[] | undefined {
  if (value.kind === "list" || value.kind === "tuple") return value.items;
  report(call.ctx, "wrong-kind", call.span, {
    what: inputName(call, name),
    wanted: "a list",
    found: describeValue(value),
  });
  return undefined;
}

const zip: Intrinsic = {
  name: "zip",
  settings: [],
  inputs: ["a", "b"],
  variadic: true,
  numeric: true,
  build: (call) => {
    const lists: (readonly Value[])[] = [];
    for (const value of call.inputs) {
      const found = items(call, value, "list");
      if (!found) return errorValue;
      lists.push(found);
    }
    const lengths = lists.map((one) => one.length);
    if (new Set(lengths).size > 1) {
      return report(call.ctx, "value-out-of-range", call.span, {
        what: "the length of the lists of `zip`",
        value: lengths.join(" and "),
        expected: "the same for all",
      });
    }
    step(call.ctx, call.span, lengths.length * (lengths[0] ?? 0));
    return list(
      Array.from({ length: lengths[0] ?? 0 }, (_, i) =>
        tuple(lists.map((one) => one[i] ?? errorValue)),
      ),
    );
  },
};

const map: Intrinsic = {
  name: "map",
  settings: [],
  inputs: ["list", "block"],
  numeric: true,
  build: (call) => {
    const { ctx, span } = call;
    const found = items(call, input(call, 0), "list");
    const block = input(call, 1);
    if (!found) return errorValue;
    if (!isCallable(block)) {
      return report(ctx, "wrong-kind", span, {
        what: inputName(call, "block"),
        wanted: "a block",
        found: describeValue(block),
      });
    }
    const place = `${span.file.path}:${span.start}:${span.end}`;
    const outer = ctx.place;
    const results: Value[] = [];
    for (const [i, item] of found.entries()) {
      step(ctx, span);
      const repetition = repetitionOf(ctx, outer.repetition, `${place}/${i}`);
      // A tuple is one argument: a lambda's pattern takes it apart, a block with several inputs too.
      const value = withPlace(ctx, { ...outer, repetition }, () =>
        mapOne(call, block, item, place),
      );
      if (value.kind === "error") return value;
      results.push(value);
    }
    return list(results);
  },
};

function mapOne(call: IntrinsicCall, block: Callable, item: Value, place: string): Value {
  const args = {
    positional: item.kind === "tuple" && block.kind === "block" ? item.items : [item],
    named: [],
  };
  return callValue(call.ctx, block, args, call.span, place);
}

const chain: Intrinsic = {
  name: "chain",
  settings: [{ name: "blocks" }],
  inputs: [],
  build: (call) => {
    const found = items(call, setting(call, "blocks"), "blocks");
    return found ? chained(call, found) : errorValue;
  },
};

function chained(call: IntrinsicCall, parts: readonly Value[]): Value {
  const blocks: Callable[] = [];
  for (const part of parts) {
    if (isCallable(part)) blocks.push(part);
    else
      return report(call.ctx, "wrong-kind", call.span, {
        what: `an element of \`${call.name}\``,
        wanted: "a block",
        found: describeValue(part),
      });
  }
  if (blocks.length === 0) return { kind: "composition", items: [] };
  return compose(call.ctx, blocks, call);
}

const repeat: Intrinsic = {
  name: "repeat",
  settings: [{ name: "times" }, { name: "inner" }],
  inputs: [],
  build: (call) => {
    const { ctx } = call;
    const times = setting(call, "times");
    const inner = setting(call, "inner");
    if (times.kind === "int" && typeof times.value !== "number")
      return report(ctx, "not-known", settingSpan(call, "times"), {
        what: `\`${times.value.text}\`, the times of \`repeat\`,`,
      });
    if (times.kind !== "int" || typeof times.value !== "number") {
      return report(ctx, "wrong-kind", settingSpan(call, "times"), {
        what: "the setting `times` of `repeat`",
        wanted: "an int",
        found: describeValue(times),
      });
    }
    if (!isCallable(inner) || isNumber(inner)) {
      return report(ctx, "wrong-kind", settingSpan(call, "inner"), {
        what: "the setting `inner` of `repeat`",
        wanted: "a block",
        found: describeValue(inner),
      });
    }
    const count = times.value;
    if (count < 0)
      return report(ctx, "value-out-of-range", settingSpan(call, "times"), {
        what: "the times of `repeat`",
        value: String(count),
        expected: "0 or more",
      });
    if (count > limits.listLength)
      stop(ctx, call.span, `the number of repetitions, ${count},`, `${limits.listLength}`);
    return chained(
      call,
      Array.from({ length: count }, () => inner),
    );
  },
};

export const collectionIntrinsics: readonly Intrinsic[] = [range, zip, map, chain, repeat];
