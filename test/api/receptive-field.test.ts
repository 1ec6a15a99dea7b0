// Receptive fields and output strides of a summary, against figures worked out by hand with
// r' = r + (k − 1) · dilation · S, S' = S · s, and the published ones of Araujo et al., 2019.

import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Field } from "../../compiler/api/receptive-field.ts";
import { describeLayers } from "../../compiler/api/summary.ts";
import { loadText } from "../elaborate/elaborated.ts";
import { repositoryRoot } from "../support/shared.ts";

type Fields = Record<string, readonly Field[] | null>;

/** By path, of one model of a file; nothing is compiled. */
function fieldsOf(text: string, name = "M"): Fields {
  const model = loadText(text).model(name);
  const [batch] = model.openDims;
  const { layers } = describeLayers(model, { h: 32, w: 32 }, batch);
  return Object.fromEntries(layers.map((layer) => [layer.path, layer.receptiveField]));
}

const ofExample = (file: string, name: string): Fields =>
  fieldsOf(readFileSync(path.join(repositoryRoot, "examples", file), "utf8"), name);

/** The same along both axes. */
const square = (size: number | "all", stride: number): Field[] => [
  { size, stride },
  { size, stride },
];

describe("receptive fields of whole networks", () => {
  it("AlexNet: 163 after the last convolution, 195 after its pool", () => {
    const fields = ofExample("alexnet.dlm", "AlexNet");
    expect(fields["features.0"]).toEqual(square(11, 4));
    expect(fields["features.10"]).toEqual(square(163, 16));
    expect(fields["features.12"]).toEqual(square(195, 32)); // Araujo et al.: 195, 32
    expect(fields["classifier.6"]).toEqual(square("all", 0));
  });

  it("VGG-16: 196 after the last convolution, 212 after its pool", () => {
    const fields = ofExample("vgg.dlm", "VGG16");
    expect(fields["features.28"]).toEqual(square(196, 16));
    expect(fields["features.30"]).toEqual(square(212, 32)); // Araujo et al.: 212, 32
  });

  it("MobileNet: 315", () => {
    const fields = ofExample("mobilenet.dlm", "MobileNet");
    expect(fields["features.12"]).toEqual(square(315, 32)); // Araujo et al.: 315, 32
  });

  it("ResNet-18: 43, 99, 211, 435 after its stages", () => {
    const fields = ofExample("resnet.dlm", "ResNet18");
    expect(fields["layer1.1"]).toEqual(square(43, 4));
    expect(fields["layer2.1"]).toEqual(square(99, 8));
    expect(fields["layer3.1"]).toEqual(square(211, 16));
    expect(fields["layer4.1"]).toEqual(square(435, 32));
    expect(fields["fc"]).toEqual(square("all", 0));
  });

  it("the small U-Net: coarse positions see 32, and 44 come together at the end", () => {
    const fields = ofExample("u_net.dlm", "SmallUNet");
    expect(fields["down.1"]).toEqual(square(32, 4));
    expect(fields["up.0.up"]).toEqual(square(32, 2));
    expect(fields["up.0"]).toEqual(square(40, 2));
    expect(fields["outc"]).toEqual(square(44, 1));
  });
});

describe("receptive fields of layers", () => {
  it("dilation widens, and axes may differ", () => {
    const fields = fieldsOf(
      "model M(x: [batch, 1, 32, 32]) -> (y: [...]) = x |> conv(2, (3, 1), dilation = (4, 1)) |> conv(2, 3, stride = (1, 2))\n",
    );
    expect(fields["conv_0"]).toEqual([{ size: 9, stride: 1 }, { size: 1, stride: 1 }]); // prettier-ignore
    expect(fields["conv_1"]).toEqual([{ size: 11, stride: 1 }, { size: 3, stride: 2 }]); // prettier-ignore
  });

  it("one axis after the channels", () => {
    const fields = fieldsOf(
      "model M(x: [batch, 1, 40]) -> (y: [...]) = x |> conv(2, 5, stride = 2) |> avg_pool(2)\n",
    );
    expect(fields["avg_pool_0"]).toEqual([{ size: 7, stride: 4 }]);
  });

  it("a transposed convolution makes finer, and its widest position counts", () => {
    // Kernel 3, stride 2: even positions get from one position, odd ones from two.
    const fields = fieldsOf(
      "model M(x: [batch, 1, 8, 8]) -> (y: [...]) = x |> conv_transpose(1, 3, stride = 2, padding = 1) |> conv(1, 2)\n",
    );
    expect(fields["conv_transpose_0"]).toEqual(square(2, 0.5));
    // An even and the odd position after it: i and i, i + 1; or an odd one and the even one after it: i, i + 1 and i + 1.
    expect(fields["conv_0"]).toEqual(square(2, 0.5));
  });

  it("branches of unequal windows join from first to last position", () => {
    const fields = fieldsOf(
      "model M(x: [batch, 1, 9, 9]) -> (y: [...]) { let a = conv(1, 5, padding = 2)  let b = conv(1, 3, padding = 1)  let c = conv(1, 1)  return c(a(x) + b(b(b(x)))) }\n",
    );
    expect(fields["c"]).toEqual(square(7, 1));
  });

  it("slices and pads shift, means and gates look everywhere", () => {
    const fields = fieldsOf(
      "model M(x: [batch, 4, 16, 16]) -> (y: [...], z: [...]) { let a = conv(4, 3)  let b = conv(4, 1)  let c = conv(4, 2) let half = a(x)[:, :, ::2, 1:]  return (c(half), b(squeeze_excite(2)(a(x)))) }\n",
    );
    expect(fields["c"]).toEqual([{ size: 5, stride: 2 }, { size: 4, stride: 1 }]); // prettier-ignore
    expect(fields["b"]).toEqual(square("all", 0));
  });

  it("says nothing of a model that looks at no neighbours", () => {
    const fields = fieldsOf(
      "model M(x: [batch, 8]) -> (y: [...]) = x |> dense(4) |> relu |> dense(2)\n",
    );
    expect(Object.values(fields)).toEqual([null, null, null, null]);
  });
});
