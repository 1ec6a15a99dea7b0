import { expect, test } from "vitest";
import { emitWgsl } from "../../compiler/backends/wgsl/index.ts";
import { commonSettings } from "../../compiler/backends/wgsl/settings.ts";
import { axisIndex } from "../../compiler/schedule/index-form.ts";
import { createScalars } from "../../compiler/schedule/scalars.ts";
import { planOf } from "../support/plans.ts";

test("a listing shows each kernel under its source place", () => {
  const s = createScalars();
  const axis = { name: "p0", extent: 10 };
  const at = [axisIndex(axis)];
  const x = s.load(0, at, "f32");
  const file = { path: "net\n*/.dlm", text: "first\nsecond = tanh(x)" };
  const plan = planOf(
    [
      {
        kind: "loop",
        name: "tanh_gt",
        origins: [{ span: { file, start: 15, end: 22 }, blocks: ["net"], role: "forward" }],
        parallel: [axis],
        inner: [],
        passes: [
          {
            accumulators: [],
            stores: [
              { to: 1, at, value: s.apply("tanh", [x], "f32") },
              { to: 2, at, value: s.apply("gt", [x, s.number(0.1, "f32")], "bool") },
            ],
          },
        ],
        after: [],
      },
    ],
    [
      { dtype: "f32", shape: [10] },
      { dtype: "f32", shape: [10] },
      { dtype: "bool", shape: [10] },
    ],
  );
  const listing = emitWgsl(plan, commonSettings);
  expect(listing).toContain("fn hyperbolic_tangent(x: f32) -> f32");
  expect(listing).not.toContain("fn sine(");
  expect(listing.slice(listing.indexOf("// tanh_gt"))).toBe(`// tanh_gt  net??/.dlm:2:10
// stores parts of words: memory is array<atomic<u32>>
@compute @workgroup_size(64)
fn k0_tanh_gt(@builtin(global_invocation_id) id: vec3u) {
  let point = i32(id.x);
  if (point >= 10) { return; }
  let p0 = point;
  let x0 = p0 + 16;
  let v1 = bitcast<f32>(atomicLoad(&memory[x0]));
  let v2 = hyperbolic_tangent(v1);
  let x3 = p0 + 32;
  let v4 = (v1 > 0.1f);
  let x5 = p0 + 192;
  atomicStore(&memory[x3], bitcast<u32>(v2));
  store_byte(x5, select(0, 1, v4));
}
`);
});
