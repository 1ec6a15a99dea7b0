// Threads that meet thousands of times, awake and asleep, without losing each other.

import { describe, expect, test } from "vitest";

import {
  add,
  apply,
  get,
  i32,
  load,
  local,
  set,
  store,
  times,
  type Expr,
  type Local,
  type Statement,
} from "../../../compiler/backends/wasm/ir.ts";
import type { Session } from "../../../runtime/artifact.ts";
import { currentEngine } from "../../../runtime/devices/wasm/engine.ts";
import { openWasmSession } from "../../../runtime/devices/wasm/device.ts";
import { origin } from "../../../runtime/devices/wasm/layout.ts";
import { inOrder, programOf, repeat, words, type KernelScope } from "./team.ts";

/** Address of word `index` of the session's memory. */
function wordAt(index: Expr, first = 0): Expr {
  return add(times(index, 64), i32(origin + first));
}

/** Every round each thread counts up a word of its own and, after meeting, compares its neighbour's with the round;
 *  word 0 of the second block counts what was wrong. */
function neighbours(
  rounds: number,
  delay: (scope: KernelScope, round: Local) => readonly Statement[],
) {
  return ({ thread, threads, meet }: KernelScope, wrong: number): readonly Statement[] =>
    repeat(i32(rounds), (round) => {
      const own = wordAt(get(thread));
      const next = apply("i32.rem_u", [add(get(thread), i32(1)), get(threads)]);
      const isWrong = apply("i32.ne", [load("i32.load", wordAt(next)), add(get(round), i32(1))]);
      const place = wordAt(get(thread), wrong);
      return [
        ...delay({ thread, threads, meet, t: round }, round),
        store("i32.store", own, add(load("i32.load", own), i32(1))),
        meet,
        store("i32.store", place, add(load("i32.load", place), isWrong)),
        meet,
      ];
    });
}

const none = (): readonly Statement[] => [];

/** Now and then one thread takes so long that the others fall asleep. */
function slowNow({ thread }: KernelScope, round: Local): readonly Statement[] {
  const isTurn = apply("i32.eqz", [
    apply("i32.and", [add(get(round), times(get(thread), 7)), i32(31)]),
  ]);
  const work = local("i32", "work");
  return [
    {
      kind: "if",
      test: isTurn,
      then: [
        set(work, i32(1)),
        ...repeat(i32(400_000), (i) => [
          set(work, apply("i32.xor", [times(get(work), 3), get(i)])),
        ]),
        store("i32.store", wordAt(get(thread), 2048), get(work)),
      ],
    },
  ];
}

async function openSession(threads: number): Promise<Session> {
  return openWasmSession(await currentEngine(), { tensors: [], bytes: 0 }, { threads });
}

describe.each([2, 3])("%i threads meet", (threads) => {
  test.each([
    ["awake", 8_000, none],
    ["asleep now and then", 600, slowNow],
  ] as const)("%s", async (_, rounds, delay) => {
    const body = neighbours(rounds, delay);
    const program = programOf({
      threads,
      arenaBytes: 4096,
      outputs: [words("counts", 0, 64), words("wrong", 1024, 64)],
      steps: inOrder(1),
      kernels: [{ parallel: true, body: (scope) => body(scope, 1024) }],
    });
    const session = await openSession(threads);
    try {
      await session.load(program);
      session.run("test", {});
      const counts = await session.output("test", "counts");
      const wrong = await session.output("test", "wrong");
      for (let thread = 0; thread < threads; thread++) expect(counts[16 * thread]).toBe(rounds);
      expect([...wrong]).toEqual(Array.from({ length: 64 }, () => 0));
    } finally {
      await session.close();
    }
  });

  test("in many short runs, awake and after a pause", async () => {
    const program = programOf({
      threads,
      arenaBytes: 4096,
      outputs: [words("counts", 0, 160)],
      steps: inOrder(2),
      kernels: [
        {
          parallel: true,
          body: ({ thread }) => {
            const own = wordAt(get(thread));
            return [store("i32.store", own, add(load("i32.load", own), i32(1)))];
          },
        },
        {
          // The sum of all counts, by thread 0 alone after the others.
          parallel: false,
          body: () => [
            store(
              "i32.store",
              wordAt(i32(9)),
              Array.from({ length: threads }, (_, i) => load("i32.load", wordAt(i32(i)))).reduce(
                add,
              ),
            ),
          ],
        },
      ],
    });
    const session = await openSession(threads);
    try {
      await session.load(program);
      for (let run = 1; run <= 3000; run++) {
        session.run("test", {});
        if (run % 300 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        expect(session.view?.("test", "counts")[16 * 9]).toBe(threads * run);
      }
      const counts = await session.output("test", "counts");
      for (let thread = 0; thread < threads; thread++) expect(counts[16 * thread]).toBe(3000);
    } finally {
      await session.close();
    }
  });
});
