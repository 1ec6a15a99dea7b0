// Weights that torchvision publishes load by name: every tensor of its models, with its shape, is what a model of the
// examples asks the file for. The names and shapes are written down here from torchvision's source (0.20), one function a
// family; `num_batches_tracked`, a counter beside each batch norm, and auxiliary heads are nothing that a model asks for.

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { knownShape } from "../../compiler/program.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { repositoryRoot } from "../support/shared.ts";

type Shape = readonly number[];
type Tensors = readonly (readonly [name: string, shape: Shape])[];

const affine = (name: string, ...shape: number[]): Tensors => [
  [`${name}.weight`, shape],
  [`${name}.bias`, [shape[0] ?? 0]],
];
const filter = (name: string, ...shape: number[]): Tensors => [[`${name}.weight`, shape]];
const norm = (name: string, c: number): Tensors =>
  ["weight", "bias", "running_mean", "running_var"].map((part) => [`${name}.${part}`, [c]]);

/** torchvision/models/alexnet.py */
const alexnet: Tensors = [
  ...affine("features.0", 64, 3, 11, 11),
  ...affine("features.3", 192, 64, 5, 5),
  ...affine("features.6", 384, 192, 3, 3),
  ...affine("features.8", 256, 384, 3, 3),
  ...affine("features.10", 256, 256, 3, 3),
  ...affine("classifier.1", 4096, 9216),
  ...affine("classifier.4", 4096, 4096),
  ...affine("classifier.6", 1000, 4096),
];

/** torchvision/models/vgg.py: `make_layers` puts a convolution and its activation, or a pool. */
function vgg(config: readonly (number | "M")[]): Tensors {
  const tensors: (readonly [string, Shape])[] = [];
  let [place, channels] = [0, 3];
  for (const entry of config) {
    if (entry === "M") {
      place += 1;
      continue;
    }
    tensors.push(...affine(`features.${place}`, entry, channels, 3, 3));
    place += 2;
    channels = entry;
  }
  return [
    ...tensors,
    ...affine("classifier.0", 4096, 25088),
    ...affine("classifier.3", 4096, 4096),
    ...affine("classifier.6", 1000, 4096),
  ];
}

/** torchvision/models/resnet.py, `groups` and `width` as in ResNeXt. */
function resnet(blocks: readonly number[], isDeep: boolean, groups = 1, width = 64): Tensors {
  const expansion = isDeep ? 4 : 1;
  let channels = 64;
  const layers = blocks.flatMap((count, stage) => {
    const planes = 64 * 2 ** stage;
    return Array.from({ length: count }, (_, i): Tensors => {
      const name = `layer${stage + 1}.${i}`;
      const [from, out, inner] = [channels, planes * expansion, (planes * width * groups) / 64];
      channels = out;
      const main = isDeep
        ? [
            ...filter(`${name}.conv1`, inner, from, 1, 1),
            ...norm(`${name}.bn1`, inner),
            ...filter(`${name}.conv2`, inner, inner / groups, 3, 3),
            ...norm(`${name}.bn2`, inner),
            ...filter(`${name}.conv3`, out, inner, 1, 1),
            ...norm(`${name}.bn3`, out),
          ]
        : [
            ...filter(`${name}.conv1`, planes, from, 3, 3),
            ...norm(`${name}.bn1`, planes),
            ...filter(`${name}.conv2`, planes, planes, 3, 3),
            ...norm(`${name}.bn2`, planes),
          ];
      const changes = i === 0 && (stage > 0 || from !== out);
      return changes
        ? [
            ...main,
            ...filter(`${name}.downsample.0`, out, from, 1, 1),
            ...norm(`${name}.downsample.1`, out),
          ]
        : main;
    }).flat();
  });
  return [
    ...filter("conv1", 64, 3, 7, 7),
    ...norm("bn1", 64),
    ...layers,
    ...affine("fc", 1000, channels),
  ];
}

/** torchvision/models/googlenet.py; `aux1` and `aux2` of the published file are left out. */
function googlenet(): Tensors {
  const basic = (name: string, ...shape: number[]): Tensors => [
    ...filter(`${name}.conv`, ...shape),
    ...norm(`${name}.bn`, shape[0] ?? 0),
  ];
  const inceptions: Readonly<Record<string, readonly number[]>> = {
    "3a": [192, 64, 96, 128, 16, 32, 32],
    "3b": [256, 128, 128, 192, 32, 96, 64],
    "4a": [480, 192, 96, 208, 16, 48, 64],
    "4b": [512, 160, 112, 224, 24, 64, 64],
    "4c": [512, 128, 128, 256, 24, 64, 64],
    "4d": [512, 112, 144, 288, 32, 64, 64],
    "4e": [528, 256, 160, 320, 32, 128, 128],
    "5a": [832, 256, 160, 320, 32, 128, 128],
    "5b": [832, 384, 192, 384, 48, 128, 128],
  };
  const blocks = Object.entries(inceptions).flatMap(([name, numbers]): Tensors => {
    const [from = 0, b1 = 0, b2r = 0, b2 = 0, b3r = 0, b3 = 0, b4 = 0] = numbers;
    const at = `inception${name}`;
    return [
      ...basic(`${at}.branch1`, b1, from, 1, 1),
      ...basic(`${at}.branch2.0`, b2r, from, 1, 1),
      ...basic(`${at}.branch2.1`, b2, b2r, 3, 3),
      ...basic(`${at}.branch3.0`, b3r, from, 1, 1),
      ...basic(`${at}.branch3.1`, b3, b3r, 3, 3),
      ...basic(`${at}.branch4.1`, b4, from, 1, 1),
    ];
  });
  return [
    ...basic("conv1", 64, 3, 7, 7),
    ...basic("conv2", 64, 64, 1, 1),
    ...basic("conv3", 192, 64, 3, 3),
    ...blocks,
    ...affine("fc", 1000, 1024),
  ];
}

/** torchvision/models/densenet.py: growth 32, four times as wide inside, halved between the blocks. */
function densenet(blocks: readonly number[]): Tensors {
  let channels = 64;
  const body = blocks.flatMap((count, b): Tensors => {
    const layers = Array.from({ length: count }, (_, i): Tensors => {
      const name = `features.denseblock${b + 1}.denselayer${i + 1}`;
      const from = channels;
      channels += 32;
      return [
        ...norm(`${name}.norm1`, from),
        ...filter(`${name}.conv1`, 128, from, 1, 1),
        ...norm(`${name}.norm2`, 128),
        ...filter(`${name}.conv2`, 32, 128, 3, 3),
      ];
    }).flat();
    if (b === blocks.length - 1) return layers;
    const name = `features.transition${b + 1}`;
    const from = channels;
    channels /= 2;
    return [
      ...layers,
      ...norm(`${name}.norm`, from),
      ...filter(`${name}.conv`, channels, from, 1, 1),
    ];
  });
  return [
    ...filter("features.conv0", 64, 3, 7, 7),
    ...norm("features.norm0", 64),
    ...body,
    ...norm("features.norm5", channels),
    ...affine("classifier", 1000, channels),
  ];
}

/** torchvision/models/mobilenetv2.py */
function mobilenetV2(): Tensors {
  const stages = [
    [1, 16, 1],
    [6, 24, 2],
    [6, 32, 3],
    [6, 64, 4],
    [6, 96, 3],
    [6, 160, 3],
    [6, 320, 1],
  ];
  let [place, channels] = [1, 32];
  const body = stages.flatMap(([expand = 1, out = 0, count = 1]) =>
    Array.from({ length: count }, (): Tensors => {
      const at = `features.${place}.conv`;
      const [from, wide] = [channels, channels * expand];
      const k = expand === 1 ? 0 : 1;
      place += 1;
      channels = out;
      return [
        ...(expand === 1
          ? []
          : [...filter(`${at}.0.0`, wide, from, 1, 1), ...norm(`${at}.0.1`, wide)]),
        ...filter(`${at}.${k}.0`, wide, 1, 3, 3),
        ...norm(`${at}.${k}.1`, wide),
        ...filter(`${at}.${k + 1}`, out, wide, 1, 1),
        ...norm(`${at}.${k + 2}`, out),
      ];
    }).flat(),
  );
  return [
    ...filter("features.0.0", 32, 3, 3, 3),
    ...norm("features.0.1", 32),
    ...body,
    ...filter("features.18.0", 1280, 320, 1, 1),
    ...norm("features.18.1", 1280),
    ...affine("classifier.1", 1000, 1280),
  ];
}

const dotted = `{ "*.denselayer.*" = "*.denselayer*" }`;
const models: readonly {
  readonly file: string;
  readonly model: string;
  readonly rename?: string;
  readonly tensors: Tensors;
}[] = [
  { file: "alexnet", model: "AlexNet", tensors: alexnet },
  {
    file: "vgg",
    model: "VGG11",
    tensors: vgg([64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]),
  },
  {
    file: "vgg",
    model: "VGG16",
    tensors: vgg([
      64,
      64,
      "M",
      128,
      128,
      "M",
      256,
      256,
      256,
      "M",
      512,
      512,
      512,
      "M",
      512,
      512,
      512,
      "M",
    ]),
  },
  { file: "resnet", model: "ResNet18", tensors: resnet([2, 2, 2, 2], false) },
  { file: "resnet", model: "ResNet34", tensors: resnet([3, 4, 6, 3], false) },
  { file: "resnet", model: "ResNet50", tensors: resnet([3, 4, 6, 3], true) },
  { file: "resnet", model: "ResNeXt50", tensors: resnet([3, 4, 6, 3], true, 32, 4) },
  { file: "googlenet", model: "GoogLeNet", tensors: googlenet() },
  { file: "densenet", model: "DenseNet121", rename: dotted, tensors: densenet([6, 12, 24, 16]) },
  { file: "mobilenet", model: "MobileNetV2", tensors: mobilenetV2() },
];

test.each(models)("$model asks for torchvision's tensors", ({ file, model, rename, tensors }) => {
  const text = readFileSync(path.join(repositoryRoot, "examples", `${file}.dlm`), "utf8");
  const start = `weights("w.safetensors"${rename === undefined ? "" : `, rename = ${rename}`})`;
  const host = memoryHost({
    "m.dlm": `${text}
data big = synthetic(1) { field image: [3, 224, 224] = zeros([3, 224, 224])  field label: i32[] = 0 }
train tuned = ${model} on big {
  start = ${start}
  loss = cross_entropy(logits, label)  optimizer = sgd(lr = 0.1)  batch = 1  epochs = 1
}`,
  });
  const unit = load("m.dlm", { host, dataHost: host, sets: {} }).training("tuned");
  const shapes = new Map(
    unit.model.tensors.map(({ path: own, type }) => [own, knownShape(type, {})]),
  );
  const asked = (unit.start?.tensors ?? []).map(({ path: own, name }) => [name, shapes.get(own)]);
  const byName = (list: readonly (readonly unknown[])[]): string[] =>
    list.map(([name, shape]) => `${String(name)} [${String(shape)}]`).sort();
  expect(byName(asked)).toEqual(byName(tensors));
});
