// The wasm device with programs made by hand: what every session promises, on one thread and on several.

import { afterEach, describe, expect, test } from "vitest";

import {
  add,
  apply,
  f32,
  get,
  i32,
  load,
  store,
  times,
  type Expr,
  type Statement,
} from "../../../compiler/backends/wasm/ir.ts";
import type { Persistent, Program, Session, Watchers } from "../../../runtime/artifact.ts";
import { openWasmSession } from "../../../runtime/devices/wasm/device.ts";
import {
  currentEngine,
  wasmSettings,
  type Engine,
  type TeamWorker,
} from "../../../runtime/devices/wasm/engine.ts";
import { engineFeatures } from "../../../runtime/devices/wasm/features.ts";
import { origin } from "../../../runtime/devices/wasm/layout.ts";
import { UserError } from "../../../runtime/errors.ts";
import { floats, inOrder, programOf, words, type KernelScope } from "./team.ts";

const engine = await currentEngine();
const opened: Session[] = [];

async function open(threads: number, persistent: Persistent, other?: Engine): Promise<Session> {
  const session = await openWasmSession(other ?? engine, persistent, { threads });
  opened.push(session);
  return session;
}

afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
});

const count = 300;
const kept: Persistent = { tensors: [floats("w", 0, count)], bytes: 1216 };

function element(first: number, i: Expr): Expr {
  return add(times(i, 4), i32(origin + first));
}

/** One element a thread of every `threads`. */
function overElements({ thread, threads }: KernelScope, body: (i: Expr) => readonly Statement[]) {
  return strided(get(thread), get(threads), body);
}

function strided(
  from: Expr,
  by: Expr,
  body: (i: Expr) => readonly Statement[],
): readonly Statement[] {
  const i = local32("i");
  return [
    { kind: "set", local: i, value: from },
    {
      kind: "loop",
      body: [...body(get(i)), { kind: "set", local: i, value: add(get(i), by) }],
      again: apply("i32.lt_u", [get(i), i32(count)]),
    },
  ];
}

function local32(name: string): { readonly type: "i32"; readonly name: string } {
  return { type: "i32", name };
}

/** w += scale · x, then y = 2 w, then the sum of y. */
function stepProgram(threads: number, name = "step", base = kept.bytes): Program {
  const x = base;
  const scale = base + 1216;
  const y = base + 1280;
  const sum = base + 2560;
  const at = (first: number, i: Expr): Expr => load("f32.load", element(first, i));
  return programOf({
    name,
    threads,
    base,
    arenaBytes: 4096,
    inputs: [floats("x", x, count), floats("scale", scale, 1)],
    outputs: [floats("y", y, count), floats("sum", sum, 1)],
    steps: inOrder(3),
    kernels: [
      {
        parallel: true,
        body: (scope) =>
          overElements(scope, (i) => {
            const grown = apply("f32.mul", [at(scale, i32(0)), at(x, i)]);
            return [store("f32.store", element(0, i), apply("f32.add", [at(0, i), grown]))];
          }),
      },
      {
        parallel: true,
        writes: [floats("%y", y, count)],
        body: (scope) =>
          overElements(scope, (i) => [
            store("f32.store", element(y, i), apply("f32.mul", [at(0, i), f32(2)])),
          ]),
      },
      {
        parallel: false,
        body: () => [
          store("f32.store", element(sum, i32(0)), f32(0)),
          ...strided(i32(0), i32(1), (i) => [
            store("f32.store", element(sum, i32(0)), apply("f32.add", [at(sum, i32(0)), at(y, i)])),
          ]),
        ],
      },
    ],
  });
}

const ones = new Float32Array(count).fill(1);

describe.each([1, 2, 3])("a session on %i threads", (threads) => {
  test("runs programs over what it keeps", async () => {
    const session = await open(threads, kept);
    await session.load(stepProgram(threads));
    session.write(
      "w",
      Float32Array.from(ones, (_, i) => i),
    );
    session.run("step", { x: ones, scale: 0.5 });
    session.run("step", { x: ones, scale: [1] });
    const w = await session.read("w");
    expect([...w]).toEqual(Array.from({ length: count }, (_, i) => i + 1.5));
    expect(w.buffer).toBeInstanceOf(ArrayBuffer);
    expect([...(await session.output("step", "y"))]).toEqual([...w].map((value) => 2 * value));
    expect(session.view?.("step", "sum")[0]).toBe((count - 1) * count + 3 * count);
    expect(session.peek?.("w")[7]).toBe(8.5);
  });

  test("grows for a larger program and keeps what it held", async () => {
    const session = await open(threads, kept);
    session.write("w", ones);
    await session.load(stepProgram(threads, "small"));
    session.run("small", { x: ones, scale: 1 });
    await session.load(stepProgram(threads, "large", 9_000_000));
    session.run("large", { x: ones, scale: 1 });
    session.run("small", { x: ones, scale: 1 });
    expect([...(await session.read("w"))]).toEqual([...ones].map(() => 4));
    expect((await session.output("large", "y"))[5]).toBe(6);
    expect((await session.output("small", "y"))[5]).toBe(8);
  });

  test("loads another program under a name that is taken", async () => {
    const session = await open(threads, kept);
    await session.load(stepProgram(threads));
    await session.load(stepProgram(threads, "step", 70_000));
    session.run("step", { x: ones, scale: 3 });
    expect((await session.output("step", "sum"))[0]).toBe(6 * count);
  });

  test("tells what is wrong with inputs and names", async () => {
    const session = await open(threads, kept);
    await session.load(stepProgram(threads));
    expect(() => session.run("step", { x: ones })).toThrow("the input scale is missing");
    expect(() => session.run("step", { x: [1], scale: 1 })).toThrow("x holds 300 elements");
    expect(() => session.run("walk", {})).toThrow("no program walk");
    expect(() => session.write("v", ones)).toThrow(UserError);
    expect(() => session.write("w", [1])).toThrow("w holds 300 elements");
    await expect(session.output("step", "z")).rejects.toThrow("has no output z");
  });

  test("lets numerics be checked and kernels be watched, one by one", async () => {
    const session = await open(threads, kept);
    await session.load(stepProgram(threads));
    const x = ones.slice();
    x[17] = Infinity;
    const found: unknown[] = [];
    const watched: number[] = [];
    const watchers: Watchers = {
      check: (kernel, tensor, index, value) =>
        void found.push([kernel.name, tensor.name, index, value]),
      watch: (_, index) => void watched.push(index),
    };
    await session.inspect("step", { x, scale: 1 }, watchers);
    expect(found).toEqual([["kernel 1", "%y", 17, Infinity]]);
    expect(watched).toEqual([0, 1, 2]);
  });
});

test("steps: loops with their counter, forward and back, copies and fills, on two threads as on one", async () => {
  const big = 1 << 18;
  const program = (threads: number): Program =>
    programOf({
      threads,
      arenaBytes: 3 * big,
      inputs: [words("from", 0, big / 4)],
      outputs: [words("order", big, 64), words("copied", 2 * big, big / 4)],
      steps: [
        { kind: "fill", at: big, bytes: big },
        { kind: "copy", from: 0, to: 2 * big, bytes: big },
        {
          kind: "loop",
          count: 3,
          reverse: false,
          body: [
            { kind: "kernel", kernel: 0 },
            { kind: "loop", count: 2, reverse: true, body: inOrder(2) },
          ],
        },
        { kind: "copy", from: big, to: big + 128, bytes: 64 },
        { kind: "fill", at: big, bytes: 4 },
        { kind: "loop", count: 0, reverse: false, body: inOrder(1) },
      ],
      kernels: [false, true].map((parallel, k) => ({
        parallel,
        // Thread 0 notes which kernel ran with which counter; the others only come by.
        body: ({ thread, t }: KernelScope) => {
          const length = element(big, i32(0));
          const next = add(load("i32.load", length), i32(1));
          return [
            {
              kind: "if" as const,
              test: apply("i32.eqz", [get(thread)]),
              then: [
                store("i32.store", length, next),
                store(
                  "i32.store",
                  element(big, load("i32.load", length)),
                  add(get(t), i32(100 * (k + 1))),
                ),
              ],
            },
          ];
        },
      })),
    });
  const results: number[][] = [];
  const from = Int32Array.from({ length: big / 4 }, (_, i) => i);
  for (const threads of [1, 2, 3]) {
    const session = await open(threads, { tensors: [], bytes: 0 });
    await session.load(program(threads));
    session.run("test", { from });
    results.push([...(await session.output("test", "order"))]);
    expect([...(await session.output("test", "copied"))]).toEqual([...from]);
    await session.inspect("test", { from: from.map((i) => -i) }, { check: () => undefined });
    expect([...(await session.output("test", "order"))]).toEqual(results[0]);
  }
  const noted = [100, 101, 201, 100, 200, 101, 101, 201, 100, 200, 102, 101, 201, 100, 200];
  expect(results[0]?.slice(0, 16)).toEqual([0, ...noted]);
  expect(results[0]?.slice(32, 48)).toEqual([15, ...noted]);
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

describe("a thread that fails", () => {
  const trapping = (who: number): Program =>
    programOf({
      threads: 2,
      arenaBytes: 64,
      steps: inOrder(2),
      kernels: [
        {
          parallel: true,
          body: ({ thread }) => [
            {
              kind: "if",
              test: apply("i32.eq", [get(thread), i32(who)]),
              then: [{ kind: "drop", value: load("i32.load", i32(-16)) }],
            },
          ],
        },
        { parallel: true, body: () => [] },
      ],
    });

  test("is an error for the caller, now and later", async () => {
    const session = await open(2, kept);
    await session.load(trapping(1));
    const message = "thread 1 of the wasm device failed: RuntimeError: memory access out of bounds";
    expect(() => session.run("test", {})).toThrow(message);
    expect(() => session.run("test", {})).toThrow("thread 1 of the wasm device failed");
    await expect(session.load(stepProgram(2))).rejects.toThrow("memory access out of bounds");
    session.write("w", ones); // what it kept is still there
    expect((await session.read("w"))[3]).toBe(1);
  });

  test("may be the calling one", async () => {
    const session = await open(2, kept);
    await session.load(trapping(0));
    expect(() => session.run("test", {})).toThrow("memory access out of bounds");
    expect(() => session.run("test", {})).toThrow("memory access out of bounds");
  });

  test("and ends is noticed when something is asked of it", async () => {
    const ends: ((error: Error) => void)[] = [];
    const session = await open(2, kept, {
      ...engine,
      spawn(script, events) {
        ends.push(events.onEnd);
        return engine.spawn(script, events);
      },
    });
    await session.load(stepProgram(2));
    ends[0]?.(new Error("gone"));
    expect(() => session.run("step", { x: ones, scale: 1 })).toThrow(
      "thread 1 of the wasm device came to an unexpected end: gone",
    );
    await expect(session.load(stepProgram(2))).rejects.toThrow("gone");
  });

  test("by being killed while the others wait for it does not let them wait for ever", async () => {
    const session = await open(3, kept, {
      ...engine,
      // The second of the workers is gone in the middle of its third run.
      spawn(script, events) {
        const fatal = "if (thread === 2 && ++runs === 3) process.exit(1); run(thread, threads);";
        const changed = script.replace("run(thread, threads);", fatal);
        expect(changed).not.toBe(script);
        return engine.spawn(`let runs = 0; ${changed}`, events);
      },
    });
    await session.load(stepProgram(3));
    const run = (): void => session.run("step", { x: ones, scale: 1 });
    run();
    run();
    expect(run).toThrow("thread 2 of the wasm device came to an unexpected end");
    expect(run).toThrow(UserError);
    expect(session.peek?.("w")).toHaveLength(count); // what it holds can still be read
    await session.close();
  });

  test("by being killed between steps is noticed before any event can tell", async () => {
    const workers: TeamWorker[] = [];
    const session = await open(2, kept, {
      ...engine,
      spawn(script, events) {
        const worker = engine.spawn(script, events);
        workers.push(worker);
        return worker;
      },
    });
    await session.load(stepProgram(2));
    const run = (): void => session.run("step", { x: ones, scale: 1 });
    run();
    expect(workers.map((worker) => worker.hasEnded())).toEqual([false]);
    run();
    const stopped = workers[0]?.stop();
    expect(run).toThrow("thread 1 of the wasm device came to an unexpected end");
    await stopped;
  });

  test("though slow is waited for", async () => {
    const session = await open(2, kept, {
      ...engine,
      spawn: (script, events) =>
        engine.spawn(
          script.replace(
            "run(thread, threads);",
            "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500); run(thread, threads);",
          ),
          events,
        ),
    });
    await session.load(stepProgram(2));
    session.run("step", { x: ones, scale: 1 });
    expect((await session.output("step", "sum"))[0]).toBe(2 * count);
  });

  test("and never starts is an error of opening", async () => {
    const broken: Engine = {
      ...engine,
      spawn: (_, events) => engine.spawn("throw new Error('no')", events),
    };
    await expect(open(2, kept, broken)).rejects.toThrow("no");
  });
});

describe("room", () => {
  test("that no memory has", async () => {
    await expect(open(1, { tensors: [], bytes: 2 ** 33 })).rejects.toThrow(
      "needs 8192 MiB of memory; WebAssembly has 4096 MiB at most",
    );
  });

  test("where the engine reserves few addresses, and none beyond them", async () => {
    const { Memory } = WebAssembly;
    class Small extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        if ((descriptor.maximum ?? 0) > 512) throw new RangeError("could not allocate memory");
        super(descriptor);
      }
    }
    Object.assign(WebAssembly, { Memory: Small });
    try {
      const session = await open(1, kept);
      session.write("w", ones);
      await session.load(stepProgram(1, "fits", 16_000_000));
      await expect(session.load(stepProgram(1, "large", 64_000_000))).rejects.toThrow(
        "this program needs 61 MiB in one piece, more than the engine gives",
      );
      session.run("fits", { x: ones, scale: 2 });
      expect((await session.read("w"))[1]).toBe(3);
      await expect(open(1, { tensors: [], bytes: 64_000_000 })).rejects.toThrow("61 MiB");
    } finally {
      Object.assign(WebAssembly, { Memory });
    }
  });

  test("for many sessions, one after the other", async () => {
    for (let i = 0; i < 150; i++) {
      const session = await openWasmSession(engine, kept, { threads: 1 });
      session.write("w", ones);
      await session.close();
    }
  });
});

test("a module that the engine refuses is the user's to avoid", async () => {
  const session = await open(1, kept);
  const program = stepProgram(1);
  const { code } = program;
  if (code.target !== "wasm") throw new Error("no WebAssembly");
  const module = code.module.slice(0, -3);
  await expect(session.load({ ...program, code: { ...code, module } })).rejects.toThrow(
    /this engine does not take the program's WebAssembly/,
  );
  await expect(session.load({ ...program, code: { target: "js", source: "" } })).rejects.toThrow(
    "cannot run js",
  );
  await expect(session.load(stepProgram(2))).rejects.toThrow("a program for shared memory");
});

describe("settings", () => {
  const all = { simd: true, threads: true, relaxed: true };

  test("this engine has what Node 20 has", () => {
    expect(engineFeatures()).toEqual(all);
  });

  test.each([
    [1, 1],
    [2, 1],
    [4, 2],
    [16, 4],
  ])("on %i cores %i threads run by default", (cores, threads) => {
    const found = wasmSettings({ features: all, cores });
    expect(found).toEqual({ threads, shared: threads > 1, relaxed: true });
  });

  test("threads are told to be impossible once they are asked for", () => {
    const notices: string[] = [];
    const features = { ...all, threads: false };
    const found = wasmSettings({ features, cores: 8 }, 4, (text) => void notices.push(text));
    expect(found).toEqual({ threads: 1, shared: false, relaxed: true });
    expect(notices).toHaveLength(1);
    expect(wasmSettings({ features, cores: 8 }).threads).toBe(1);
  });

  test("too many threads, or no vectors", () => {
    expect(() => wasmSettings({ features: all, cores: 2 }, 100)).toThrow("more than the 64");
    expect(() => wasmSettings({ features: { ...all, simd: false }, cores: 2 })).toThrow(UserError);
  });
});
