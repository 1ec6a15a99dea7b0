// Sums of a contraction's operands as by-products in WebAssembly, on one thread and on several.

import { describe, expect, test } from "vitest";
import { emitWasm, layOutInWasm } from "../../../compiler/backends/wasm/index.ts";
import type { WasmSettings } from "../../../runtime/artifact.ts";
import type { TypedArray } from "../../../runtime/types.ts";
import { openWasmSession } from "../../../runtime/devices/wasm/device.ts";
import { currentEngine } from "../../../runtime/devices/wasm/engine.ts";
import { kernelMistakes, type KernelCase } from "../../support/kernel-cases.ts";
import { memoryOf, valueIn } from "../../support/plans.ts";
import { oneThread, oneThreadRelaxed, runInWasm } from "../../support/run-wasm.ts";
import { sumCases } from "../../support/sum-cases.ts";

function runAlone(example: KernelCase, settings: WasmSettings): ArrayBuffer {
  const memory = memoryOf(example.plan, example.inputs);
  runInWasm(example.plan, memory, settings);
  return memory;
}

function bits({ buffer, byteOffset, byteLength }: TypedArray): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}

/** The bits of every value of the case after a run that several threads share. */
async function runShared({ plan, inputs }: KernelCase, threads: number): Promise<string[]> {
  const settings = { relaxed: false, shared: true, threads, shareFrom: 0 };
  const code = emitWasm(plan, settings);
  const tensors = [...plan.places].map(([value, { dtype, shape, offset }]) => ({
    name: `%${value}`,
    dtype,
    shape,
    offset,
  }));
  const persistent = { tensors, bytes: plan.arenaBytes };
  const session = await openWasmSession(await currentEngine(), persistent, { threads });
  try {
    await session.load({
      name: "sums",
      inputs: [],
      outputs: [],
      base: plan.base,
      arenaBytes: plan.arenaBytes,
      scratchBytes: plan.scratch.bytes,
      kernels: [],
      steps: plan.steps,
      code,
    });
    const before = memoryOf(plan, inputs);
    for (const value of plan.places.keys())
      session.write(`%${value}`, valueIn(plan, before, value));
    session.run("sums", {});
    const found: string[] = [];
    for (const { name } of tensors) found.push(bits(await session.read(name)));
    return found;
  } finally {
    await session.close();
  }
}

describe("sums of operands in WebAssembly", () => {
  for (const example of sumCases) {
    test(example.name, () => {
      expect(kernelMistakes(example, runAlone(example, oneThread), 2e-5)).toEqual([]);
      expect(kernelMistakes(example, runAlone(example, oneThreadRelaxed), 2e-5)).toEqual([]);
    });
    test(`${example.name} on three threads`, async () => {
      const memory = runAlone(example, oneThread);
      const values = [...example.plan.places.keys()];
      const alone = values.map((value) => bits(valueIn(example.plan, memory, value)));
      expect((await runShared(example, 3)).map((found, i) => found === alone[i])).toEqual(
        values.map(() => true),
      );
    });
  }
  test("cases pack either operand in either way, in several blocks and stretches", () => {
    const texts = sumCases.flatMap(({ plan }) => {
      const layOut = layOutInWasm(oneThread);
      return plan.kernels.flatMap((kernel) =>
        kernel.kind === "contract" ? [layOut(kernel, plan.places, undefined).text] : [],
      );
    });
    for (const part of [
      /a along m\d by tiles.* a summed too/,
      /a along the sum by tiles.* a summed too/,
      /b along n\d whole.* b summed too/,
      /b along the sum whole.* b summed too/,
      /b along n\d in stretches.* b summed too/,
      /b along the sum in stretches.* b summed too/,
      /\d+ blocks .*summed too/,
    ])
      expect(
        texts.some((text) => part.test(text)),
        String(part),
      ).toBe(true);
  });
});
