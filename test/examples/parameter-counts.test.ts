// `dlmc summary` of the examples' models of full size: as many parameters as torchvision and the papers' authors count.

import path from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../support/command.ts";
import { repositoryRoot } from "../support/shared.ts";

/** By file and model. Counts of torchvision's documentation, 1000 classes, unless a comment says otherwise. */
const counts: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "alexnet.dlm": { AlexNet: 61_100_840 },
  "vgg.dlm": {
    VGG11: 132_863_336,
    VGG13: 133_047_848,
    VGG16: 138_357_544,
    VGG19: 143_667_240,
  },
  "googlenet.dlm": { GoogLeNet: 6_624_904 },
  "resnet.dlm": {
    ResNet18: 11_689_512,
    ResNet34: 21_797_672,
    ResNet50: 25_557_032,
    ResNeXt50: 25_028_904,
    // ResNet-50 and for blocks of 256, 512, 1024, 2048 channels c 3, 4, 6, 3 times 2 · c · c / 16 + c + c / 16.
    SEResNet50: 25_557_032 + 3 * 8_464 + 4 * 33_312 + 6 * 132_160 + 3 * 526_464,
  },
  "densenet.dlm": { DenseNet121: 7_978_856 },
  // Keras counts 4,253,864 with the 21,888 running statistics.
  "mobilenet.dlm": { MobileNet: 4_231_976, MobileNetV2: 3_504_872 },
  // What is published of the U-Net with batch norm, three channels and one class.
  "u_net.dlm": { UNet: 31_037_633 },
};

const cases = Object.entries(counts).flatMap(([file, models]) =>
  Object.entries(models).map(([model, count]) => ({ file, model, count })),
);

test.each(cases)("$model has $count parameters", async ({ file, model, count }) => {
  const folder = makeFolder();
  const example = path.join(repositoryRoot, "examples", file);
  const ran = await folder.run(["summary", example, "--model", model, "--json"]);
  folder.remove();
  expect(ran.error).toBe("");
  expect((JSON.parse(ran.out) as { parameters: number }).parameters).toBe(count);
});
