// All intrinsics by name. One more is one record in a family's file, and a row in README.md.

import { bind, type Scope } from "../scope.ts";
import { float, type Value } from "../values.ts";
import { arithmeticIntrinsics } from "./arithmetic.ts";
import { bpeIntrinsics } from "./bpe.ts";
import { collectionIntrinsics } from "./collections.ts";
import { convolutionIntrinsics } from "./convolution.ts";
import type { Intrinsic } from "./define.ts";
import { joiningIntrinsics } from "./joining.ts";
import { laterIntrinsics } from "./later.ts";
import { layoutIntrinsics } from "./layout.ts";
import { madeIntrinsics } from "./made.ts";
import { notationIntrinsics } from "./notation.ts";
import { reductionIntrinsics } from "./reductions.ts";
import { scanIntrinsics } from "./scan.ts";
import { shapeIntrinsics } from "./shapes.ts";

export const intrinsics: readonly Intrinsic[] = [
  ...arithmeticIntrinsics,
  ...reductionIntrinsics,
  ...shapeIntrinsics,
  ...collectionIntrinsics,
  ...madeIntrinsics,
  ...layoutIntrinsics,
  ...joiningIntrinsics,
  ...notationIntrinsics,
  ...convolutionIntrinsics,
  ...scanIntrinsics,
  ...bpeIntrinsics,
  ...laterIntrinsics,
];

const constants: readonly (readonly [string, Value])[] = [
  ["pi", float(Math.PI)],
  ["inf", float(Infinity)],
  ["nan", float(NaN)],
];

/** Names of everything built in, `training` and `examples` among them. */
export const builtinNames: readonly string[] = [
  ...intrinsics.map((intrinsic) => intrinsic.name),
  ...constants.map(([name]) => name),
  "training",
  "examples",
];

/** The outermost scope. */
export function intrinsicScope(): Scope {
  const values = new Map<string, Value>(constants);
  for (const intrinsic of intrinsics)
    values.set(intrinsic.name, { kind: "intrinsic", intrinsic, given: new Map() });
  return bind(undefined, values);
}
