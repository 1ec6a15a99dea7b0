// A profile as a trace in Chrome's format: one lane of steps, one of kernels, times in microseconds.

import type { Profile } from "../api/profile.ts";

export function chromeTrace(found: Profile): string {
  const lane = (tid: number, name: string): object => ({
    name: "thread_name",
    ph: "M",
    pid: 1,
    tid,
    args: { name },
  });
  const events: object[] = [
    {
      name: "process_name",
      ph: "M",
      pid: 1,
      args: { name: `${found.training} on ${found.device}` },
    },
    lane(1, "steps"),
    lane(2, "kernels"),
  ];
  let start = 0;
  found.traced.forEach((step, i) => {
    events.push(complete(1, `step ${i + 1}`, "step", start, step.ms));
    for (const span of step.spans) {
      const kernel = found.kernels[span.kernel];
      if (!kernel) continue;
      const { name, role, place, kind, blocks, others, runs, flops, bytes } = kernel;
      events.push({
        ...complete(2, name, role, start + span.start, span.end - span.start),
        args: { kind, place, blocks, others, flops: flops / runs, bytes: bytes / runs },
      });
    }
    start += step.ms;
  });
  return `${JSON.stringify({ displayTimeUnit: "ms", traceEvents: events })}\n`;
}

/** An event that has begun and ended. */
function complete(tid: number, name: string, cat: string, start: number, ms: number): object {
  return { name, cat, ph: "X", pid: 1, tid, ts: 1000 * start, dur: 1000 * ms };
}
