// The validator finds plans that are wrong.

import { describe, expect, test } from "vitest";
import { lower } from "../../compiler/ops/lower.ts";
import { schedule } from "../../compiler/schedule/index.ts";
import type { Kernel, Place, Plan, ValueId } from "../../compiler/schedule/kernel.ts";
import { validatePlan } from "../../compiler/schedule/validate.ts";
import { builder, graphOf, input } from "./support.ts";

/** Two products, the second of the first; a tanh of both. */
function goodPlan(): Plan {
  const b = builder();
  const x = input(b, "x", [8, 8]);
  const y = b.node("matmul", [x, input(b, "w", [8, 8])]);
  const z = b.node("matmul", [y, x]);
  const graph = lower(graphOf({ t: b.node("tanh", [b.node("add", [y, z])]) }));
  return schedule(graph, { persistent: { tensors: [], bytes: 0 } });
}

function withPlaces(plan: Plan, change: (id: ValueId, place: Place) => Place): Plan {
  return {
    ...plan,
    places: new Map([...plan.places].map(([id, place]) => [id, change(id, place)])),
  };
}

describe("the validator", () => {
  test("accepts what the scheduler makes", () => {
    expect(() => validatePlan(goodPlan())).not.toThrow();
  });
  test("finds a value that is read before it is written", () => {
    const plan = goodPlan();
    expect(() => validatePlan({ ...plan, steps: [...plan.steps].reverse() })).toThrow(
      /is not there/,
    );
  });
  test("finds bytes that are used twice at a time", () => {
    const plan = goodPlan();
    const buffers = plan.buffers.map((buffer) => ({
      ...buffer,
      offset: buffer.role === "scratch" ? buffer.offset : 0,
    }));
    expect(() => validatePlan({ ...plan, buffers })).toThrow(/the same bytes/);
  });
  test("finds a value outside its buffer", () => {
    const plan = withPlaces(goodPlan(), (_, place) => ({ ...place, offset: place.offset + 64 }));
    expect(() => validatePlan(plan)).toThrow(/leaves its buffer/);
  });
  test("finds an operand that is overwritten while it is read", () => {
    const plan = goodPlan();
    const [first] = plan.kernels;
    const written = first?.kind === "contract" ? first.after[0]?.to : undefined;
    const under = plan.inputs[0]?.value;
    const place = under === undefined ? undefined : plan.places.get(under);
    if (written === undefined || !place) throw new Error("the plan has another form");
    expect(() =>
      validatePlan(withPlaces(plan, (id, own) => (id === written ? place : own))),
    ).toThrow(/overwrites value|is not there/);
  });
  test("finds reads outside a value", () => {
    const plan = withPlaces(goodPlan(), (_, place) => ({
      ...place,
      shape: place.shape.map(() => 4),
    }));
    expect(() => validatePlan(plan)).toThrow(/is wrong/);
  });
  test("finds elements that are written more than once", () => {
    const plan = goodPlan();
    const kernels = plan.kernels.map((kernel): Kernel =>
      kernel.kind === "contract"
        ? {
            ...kernel,
            after: kernel.after.map((s) => ({ ...s, at: s.at.map(() => s.at[0] ?? fail()) })),
          }
        : kernel,
    );
    expect(() => validatePlan({ ...plan, kernels })).toThrow(/writes value/);
  });
});

function fail(): never {
  throw new Error("no index");
}
