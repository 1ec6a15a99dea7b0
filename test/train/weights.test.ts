// Weights by name out of a file: renamed, turned, in part; and what does not fit, told at once.

import { describe, expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { evaluate, openTraining } from "../../compiler/api/train.ts";
import { jsHelpers } from "../../runtime/devices/js-helpers.ts";
import { writeSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import type { Tensor } from "../../runtime/types.ts";
import { UserError } from "../../runtime/errors.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { trainText, type Trained } from "./trained.ts";

/** No step changes anything: what a run ends with is what it started from. */
const source = (start: string, more = ""): string => `
data pictures = digits(16) { field image: [1, 28, 28] = image / 255  field label: i32[] }
model Net(image: [batch, c, h, w]) -> (logits: [batch, 10]) {
  let body = conv(2, 3, stride = 3) |> relu |> global_avg_pool
  let head = dense(10)
  return image |> body |> head
}
train Net on pictures {
  ${start}
  loss = cross_entropy(logits, label)  optimizer = sgd(lr = 0)  batch = 16  epochs = 1
}
${more}`;

function tensor(shape: readonly number[], from = 0): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return { dtype: "f32", shape, data: Float32Array.from({ length: size }, (_, i) => from + i) };
}

const kernel = tensor([2, 1, 3, 3]);
const bias = tensor([2], 100);
const weight = tensor([10, 2], 200);
const offset = tensor([10], 300);
const own = {
  "body.conv_0.weight": kernel,
  "body.conv_0.bias": bias,
  "head.weight": weight,
  "head.bias": offset,
};

const run = (start: string, tensors: Readonly<Record<string, Tensor>>): Promise<Trained> =>
  trainText(source(start), { files: { "w.safetensors": writeSafetensors(tensors) } });

function expectAll({ tensors }: Trained): void {
  for (const [path, { data }] of Object.entries(own))
    expect([...(tensors.get(path)?.data ?? [])]).toEqual([...data]);
}

async function failure(
  start: string,
  tensors: Readonly<Record<string, Tensor>>,
): Promise<UserError> {
  return run(start, tensors).then(
    () => {
      throw new Error("it loaded");
    },
    (error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    },
  );
}

describe("start = weights(…)", () => {
  test("takes tensors by their paths, and says what it did", async () => {
    const ran = await run('start = weights("w.safetensors")', {
      ...own,
      "optimizer.x": tensor([3]),
    });
    expectAll(ran);
    expect(ran.events[0]).toEqual({
      event: "weights",
      into: "Net",
      path: "w.safetensors",
      loaded: 4,
      fresh: 0,
      unused: 1,
    });
  });

  test("takes half precision, and tells it once", async () => {
    // 1 … 18 and 100, 101 in half precision: exact.
    const half = ({ shape, data }: Tensor): Tensor => ({
      dtype: "f16",
      shape,
      data: Uint16Array.from(data, (value) => jsHelpers.toHalf(value)),
    });
    const ran = await run('start = weights("w.safetensors")', {
      ...own,
      "body.conv_0.weight": half(kernel),
      "body.conv_0.bias": half(bias),
    });
    expectAll(ran);
    expect(ran.events[0]).toMatchObject({ loaded: 4, converted: ["F16"] });
  });

  test("finds them under other names", async () => {
    expectAll(
      await run(
        'start = weights("w.safetensors", rename = { "body.conv_0.*" = "backbone.0.*", "*" = "net/*" })',
        {
          "backbone.0.weight": kernel,
          "backbone.0.bias": bias,
          "net/head.weight": weight,
          "net/head.bias": offset,
        },
      ),
    );
  });

  test("leaves what is fresh, or no part, to its initial values", async () => {
    const all = await run("", own);
    for (const start of ['fresh = ["head.*"]', 'part = "body.*"']) {
      const ran = await run(`start = weights("w.safetensors", ${start})`, own);
      expect(ran.tensors.get("body.conv_0.weight")?.data).toEqual(kernel.data);
      expect(ran.tensors.get("head.weight")).toEqual(all.tensors.get("head.weight"));
      expect(ran.events[0]).toMatchObject({ loaded: 2, fresh: 2, unused: 2 });
    }
  });

  test("turns axes as `layout` says: channels last, [in, out]", async () => {
    // As Keras keeps them: a kernel [h, w, in, out], dense [in, out].
    const keras = {
      ...own,
      "body.conv_0.weight": {
        ...tensor([3, 3, 1, 2]),
        data: Float32Array.from({ length: 18 }, (_, i) => (i % 2) * 9 + Math.floor(i / 2)),
      },
      "head.weight": {
        ...tensor([2, 10]),
        data: Float32Array.from({ length: 20 }, (_, i) => 200 + 2 * (i % 10) + Math.floor(i / 10)),
      },
    };
    expectAll(
      await run(
        'start = weights("w.safetensors", layout = ["h w i o -> o i h w", "i o -> o i"])',
        keras,
      ),
    );
    expectAll(
      await run(
        'start = weights("w.safetensors", layout = { "body.*" = "h w i o -> o i h w", "head.weight" = "i o -> o i" })',
        keras,
      ),
    );
  });

  test("tells everything that does not fit in one message, with what may be meant", async () => {
    const error = await failure('start = weights("w.safetensors")', {
      "features.conv_0.weight": kernel,
      "body.conv_0.bias": tensor([3]),
      "head.weight": tensor([2, 10]),
      "head.bias": { dtype: "i32", shape: [10], data: new Int32Array(10) },
    });
    expect(error.message).toBe(
      [
        "4 of 4 tensors of Net do not fit the weights in w.safetensors:",
        "  body.conv_0.weight [2, 1, 3, 3] is not in the file; is features.conv_0.weight meant?",
        "  body.conv_0.bias is [3] in the file, the model wants [2]",
        "  head.weight is [2, 10] in the file, the model wants [10, 2]; its axes stand the other way round: `layout` turns them",
        "  head.bias is i32 in the file, the model wants f32",
      ].join("\n"),
    );
    expect(error.place).toMatch(/^m\.dlm:\d+:\d+$/);
    expect(error.help).toContain("rename");
    expect(error.help).toContain("fresh");
  });

  test("names a file that is not there, or is damaged", async () => {
    const absent = await failure('start = weights("v.safetensors")', own);
    expect(absent.message).toBe("there is no file of weights v.safetensors");
    const broken = trainText(source('start = weights("w.safetensors")'), {
      files: { "w.safetensors": writeSafetensors(own).slice(0, 90) },
    });
    await expect(broken).rejects.toThrow(/cut off|damaged/);
  });
});

describe("frozen(…)", () => {
  const teach = (settings = ""): string => `
data pictures = digits(16) { field image: [1, 28, 28] = image / 255  field label: i32[] }
model Net(wide: int)(image: [batch, c, h, w]) -> (logits: [batch, 10]) =
  image |> conv(wide, 3, stride = 3) |> batch_norm |> relu |> dropout(0.5) |> global_avg_pool |> dense(10)
train student = Net(2) on pictures {
  let teacher = frozen(Net(4), "w.safetensors"${settings})
  let taught = teacher(image)
  loss = mse(logits, taught) + 0.01 * l2("*.weight")
  metrics = { taught = mean(taught), sizes = mean(taught ** 2) }
  optimizer = adam(lr = 0.01)  batch = 16  epochs = 3
}
train teaching = Net(4) on pictures {
  loss = mean(logits)  metrics = { taught = mean(logits), sizes = mean(logits ** 2) }
  optimizer = sgd(lr = 0)  batch = 16  epochs = 1  start = weights("w.safetensors")
}
`;

  const scores = (ran: Trained, epoch = 1): Readonly<Record<string, number>> => {
    const found = ran.events.find((e) => e.event === "epoch" && e.epoch === epoch);
    return found?.event === "epoch" ? found.train : {};
  };

  test("is a second model that only computes, in evaluation mode", async () => {
    const teacher = await trainText(
      teach().replace('start = weights("w.safetensors")', "").replace("lr = 0)", "lr = 0.1)"),
      { training: "teaching" },
    );
    const files = { "w.safetensors": writeSafetensors(teacher.tensors) };
    // The judge: the same weights as a training's own, evaluated before any step.
    const host = memoryHost({ ...files, "m.dlm": teach() });
    const unit = load("m.dlm", { host, dataHost: host }).training("teaching");
    const opened = await openTraining(unit, { dataHost: host, device: "js" });
    const judged = await evaluate(opened, "train");
    await opened.close();
    const student = await trainText(teach(), { training: "student", files });
    expect(scores(student)["taught"]).toBeCloseTo(judged["taught"] ?? Number.NaN, 6);
    expect(scores(student)["sizes"]).toBeCloseTo(judged["sizes"] ?? Number.NaN, 6);
    expect(scores(student, 2)).not.toEqual(scores(student, 1));
    expect(scores(student, 2)["taught"]).toBeCloseTo(scores(student, 1)["taught"] ?? 0, 6);
    expect(scores(student, 3)["sizes"]).toBeCloseTo(scores(student, 1)["sizes"] ?? 0, 6);
    expect(scores(student, 3)["loss"]).toBeLessThan(scores(student, 1)["loss"] ?? 0);
    // Nothing of it is trained or saved.
    expect([...student.tensors.keys()].filter((path) => path.includes("frozen"))).toEqual([]);
    expect(student.events[0]).toMatchObject({
      event: "weights",
      into: "teacher",
      loaded: 8,
      fresh: 0,
    });
    const start = student.events.find((e) => e.event === "start");
    expect(start).toMatchObject({ parameters: 2 * 9 + 2 + 4 + 30 });
  });

  test("tells what does not fit", async () => {
    const files = { "w.safetensors": writeSafetensors({ "teacher.dense_0.bias": tensor([10]) }) };
    const ran = trainText(teach(), { training: "student", files });
    await expect(ran).rejects.toThrow(
      "dense_0.bias [10] is not in the file; is teacher.dense_0.bias meant?",
    );
  });
});
