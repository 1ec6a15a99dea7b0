// How threads meet: nobody goes on before all have arrived, and nobody waits for one that is gone.

import { control } from "../../../runtime/devices/wasm/layout.ts";
import {
  add,
  apply,
  atomic,
  get,
  i32,
  load,
  local,
  set,
  store,
  type Expr,
  type Func,
  type Statement,
} from "./ir.ts";

/** Looks at the phase before a thread goes to sleep: about as long as falling asleep and being woken takes. */
const patience = 20_000;

/** Nanoseconds that a thread sleeps before it asks whether the others still live. */
const unease = 1_000_000_000;

/** Asks the surroundings whether the other threads still live; it throws where the wait would never end. */
export const checkOthers: Func = {
  name: "check_others",
  imported: "checkOthers",
  params: [],
  body: [],
};

const word = (address: number): Expr => load("i32.atomic.load", i32(0), address);
const change = (address: number, by: number): Expr =>
  atomic("i32.atomic.rmw.add", i32(0), [i32(by)], address);
const drop = (value: Expr): Statement => ({ kind: "drop", value });

/** `barrier(threads)`. The last thread to arrive begins a new phase; the others look for it a while and then sleep.
 *  Who begins the phase first counts the arrivals back to 0, so the barrier can be used again at once; he wakes the
 *  others only if somebody sleeps, as waking costs sixty times as much as the rest. */
export function createBarrier(): Func {
  const threads = local("i32", "threads");
  const phase = local("i32", "phase");
  const looks = local("i32", "looks");
  const unchanged = apply("i32.eq", [word(control.phase), get(phase)]);
  const isLast = apply("i32.eq", [add(change(control.arrived, 1), i32(1)), get(threads)]);
  return {
    name: "barrier",
    params: [threads],
    body: [
      {
        kind: "if",
        test: apply("i32.eq", [get(threads), i32(1)]),
        then: [{ kind: "return" }],
      },
      set(phase, word(control.phase)),
      {
        kind: "if",
        test: isLast,
        then: [
          store("i32.atomic.store", i32(0), i32(0), control.arrived),
          drop(change(control.phase, 1)),
          {
            kind: "if",
            test: word(control.sleepers),
            then: [drop(atomic("memory.atomic.notify", i32(0), [i32(-1)], control.phase))],
          },
          { kind: "return" },
        ],
      },
      giveUpAfterFailure,
      set(looks, i32(patience)),
      {
        kind: "loop",
        body: [set(looks, add(get(looks), i32(-1)))],
        again: apply("i32.and", [unchanged, apply("i32.ne", [get(looks), i32(0)])]),
      },
      { kind: "if", test: unchanged, then: waitPatiently(phase, unchanged) },
      giveUpAfterFailure,
    ],
  };
}

/** A thread that fails begins a new phase itself, so that all others see it: before they wait, or after. */
const giveUpAfterFailure: Statement = {
  kind: "if",
  test: word(control.failed),
  then: [{ kind: "trap" }],
};

function waitPatiently(phase: ReturnType<typeof local>, unchanged: Expr): readonly Statement[] {
  const limit: Expr = { kind: "const", type: "i64", value: unease };
  const woken = local("i32", "woken");
  const timedOut = apply("i32.eq", [get(woken), i32(2)]);
  // Counted before it looks at the phase for the last time, which `wait32` does: no call to wake up is missed.
  const sleep = [
    drop(change(control.sleepers, 1)),
    set(woken, atomic("memory.atomic.wait32", i32(0), [get(phase), limit], control.phase)),
    drop(change(control.sleepers, -1)),
    { kind: "if", test: timedOut, then: [{ kind: "run", to: checkOthers, args: [] }] },
  ] satisfies readonly Statement[];
  return [
    {
      kind: "loop",
      body: [{ kind: "if", test: word(control.maySleep), then: sleep }],
      again: unchanged,
    },
  ];
}
