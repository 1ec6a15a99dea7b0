// The adjoint of random index forms: ⟨A x, g⟩ = ⟨x, Aᵀ g⟩ must hold whatever the forms are.

import fc from "fast-check";
import { expect, test } from "vitest";
import { vjp } from "../../compiler/autodiff/index.ts";
import type { Form } from "../../compiler/ir/graph.ts";
import { formsAsAttr } from "../../compiler/ops/make.ts";
import { f32 } from "../../compiler/ops/shapes.ts";
import { sizeOf, type Tensor } from "../../runtime/types.ts";
import { graphOf, normals, output, run } from "./support.ts";

/** A form over some of the axes: strides, negative steps, offsets, sometimes a divisor. */
function form(axes: number): fc.Arbitrary<Form> {
  return fc.record({
    terms: fc
      .uniqueArray(fc.nat(axes - 1), { maxLength: 3 })
      .chain((chosen) =>
        fc.tuple(
          ...chosen.map((axis) =>
            fc.record({ axis: fc.constant(axis), coefficient: coefficient() }),
          ),
        ),
      ),
    offset: fc.integer({ min: -3, max: 3 }),
    divisor: fc.oneof(
      { weight: 4, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.constant(2) },
    ),
  });
}

function coefficient(): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.constantFrom(-2, -1, 2, 3, 4) },
  );
}

function tensor(name: string, shape: readonly number[]): Tensor {
  return { dtype: "f32", shape, data: Float64Array.from(normals(name, sizeOf(shape))) };
}

function inner(a: Tensor, b: Tensor): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i] ?? 0) * (b.data[i] ?? 0);
  return sum;
}

const size = fc.integer({ min: 1, max: 5 });

test("views", () => {
  const cases = fc.record({
    shape: fc.array(size, { minLength: 1, maxLength: 3 }),
    own: fc.array(size, { maxLength: 3 }),
  });
  const property = fc.property(
    cases.chain(({ shape, own }) =>
      fc.record({
        shape: fc.constant(shape),
        own: fc.constant(own),
        forms: fc.tuple(...own.map(() => form(shape.length))),
      }),
    ),
    ({ shape, own, forms }) => {
      const graph = graphOf("view", [f32(...own)], { shape, forms: formsAsAttr(forms), fill: 0 });
      const x = tensor("x", own);
      const g = tensor("g", shape);
      const results = run(vjp(graph), { x0: x, "cotangent.y": g });
      expect(inner(output(results, "x0"), x)).toBeCloseTo(inner(output(results, "y"), g), 9);
    },
  );
  fc.assert(property, { numRuns: 600, seed: 7 });
});

test("contractions", () => {
  const cases = fc.record({
    sizes: fc.array(size, { minLength: 1, maxLength: 4 }),
    a: fc.array(size, { maxLength: 3 }),
    b: fc.array(size, { maxLength: 2 }),
  });
  const property = fc.property(
    cases.chain(({ sizes, a, b }) =>
      fc.record({
        sizes: fc.constant(sizes),
        out: fc.shuffledSubarray(sizes.map((_, axis) => axis)),
        a: fc.constant(a),
        b: fc.constant(b),
        formsA: fc.tuple(...a.map(() => form(sizes.length))),
        formsB: fc.tuple(...b.map(() => form(sizes.length))),
      }),
    ),
    ({ sizes, out, a, b, formsA, formsB }) => {
      const attrs = { sizes, out, a: formsAsAttr(formsA), b: formsAsAttr(formsB) };
      const graph = graphOf("contract", [f32(...a), f32(...b)], attrs);
      const x0 = tensor("x", a);
      const x1 = tensor("z", b);
      const g = tensor(
        "g",
        out.map((axis) => sizes[axis] ?? 1),
      );
      const results = run(vjp(graph), { x0, x1, "cotangent.y": g });
      // Bilinear: the derivative along an operand is the value itself.
      const value = inner(output(results, "y"), g);
      expect(inner(output(results, "x0"), x0)).toBeCloseTo(value, 9);
      expect(inner(output(results, "x1"), x1)).toBeCloseTo(value, 9);
    },
  );
  fc.assert(property, { numRuns: 600, seed: 7 });
});
