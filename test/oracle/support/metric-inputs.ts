// Inputs of the metrics' cases: tensors as they lie in the file, sentences as rows of ids.

import type { DType, TypedArray } from "../../../runtime/types.ts";
import { readTensors, tensorOf, type OracleCase, type TensorInfo } from "./manifest.ts";

export type MetricInputs = ReadonlyMap<
  string,
  { readonly dtype: DType; readonly shape: readonly number[]; readonly data: TypedArray }
>;

/** Cases of BLEU give sentences as text. */
interface InputCase extends OracleCase {
  readonly inputs?: Readonly<Record<string, TensorInfo>>;
  readonly pred?: string;
  readonly label?: string;
  readonly preds?: readonly string[];
  /** References of each prediction. */
  readonly refs?: readonly (readonly string[])[];
}

export function givenInputs(c: InputCase): MetricInputs {
  const { pred, label, preds, refs } = c;
  if (preds !== undefined && refs !== undefined) return sentences(preds, refs);
  if (pred !== undefined && label !== undefined) return sentences([pred], [[label]]);
  const tensors = readTensors(c.file ?? "");
  return new Map(
    Object.entries(c.inputs ?? {}).map(([name, { dtype, shape }]) => [
      name,
      { dtype, shape, data: tensorOf(tensors, `${c.id}/in/${name}`).data },
    ]),
  );
}

const end = 3;
/** A word behind the end, the same everywhere: whoever counts it finds matches that are none. */
const behind = 9;

/** Ids of words at single spaces; the predictions are padded, the references end and go on with a word that must not count. */
function sentences(preds: readonly string[], refs: readonly (readonly string[])[]): MetricInputs {
  const known = new Map<string, number>();
  const idsOf = (text: string): number[] =>
    text.split(" ").map((word) => {
      const id = known.get(word) ?? 10 + known.size;
      known.set(word, id);
      return id;
    });
  const most = Math.max(...refs.map((each) => each.length));
  const predicted = preds.map(idsOf);
  const wanted = refs.flatMap((each) =>
    Array.from({ length: most }, (_, k) => {
      const text = each[k];
      return text === undefined ? [end] : [...idsOf(text), end, behind];
    }),
  );
  const rows = (lists: readonly number[][]): { width: number; data: Int32Array } => {
    const width = Math.max(...lists.map((list) => list.length)) + 1;
    const data = new Int32Array(lists.length * width);
    lists.forEach((list, i) => data.set(list, i * width));
    return { width, data };
  };
  const prediction = rows(predicted);
  const label = rows(wanted);
  const { length } = preds;
  const shape = most === 1 ? [length, label.width] : [length, most, label.width];
  return new Map([
    ["pred", { dtype: "i32", shape: [length, prediction.width], data: prediction.data }],
    ["label", { dtype: "i32", shape, data: label.data }],
  ]);
}
