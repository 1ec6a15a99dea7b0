// Writing over what is read: safe where a kernel reads the old value only at the written index, before it is written.

import { elementBytes } from "../../runtime/types.ts";
import { loadsIn } from "./access.ts";
import { ravelIndex } from "./index-form.ts";
import type { Index, Kernel, Scalar, Store, ValueId } from "./kernel.ts";
import type { Value } from "./values.ts";

type Stored = Pick<Value, "id" | "dtype" | "shape">;

/** Element number that an access names; two values of one size share bytes where these agree. */
function elementText(at: readonly Index[], value: Stored): string {
  return ravelIndex(at, value.shape).text;
}

/**
 * Whether `kernel` may write `to` into the bytes of `old`. All loads of a point come before its first store, so a
 * load is safe at the index of the store, unless a later pass repeats it.
 */
export function mayOverwrite(kernel: Kernel, to: Stored, old: Stored): boolean {
  if (elementBytes[to.dtype] !== elementBytes[old.dtype]) return false;
  const stages = stagesOf(kernel, to.id);
  if (!stages) return false;
  const stored = stages.flatMap((stage, number) =>
    stage.stores.filter((store) => store.to === to.id).map((store) => ({ store, number })),
  );
  const [written, ...others] = stored;
  if (!written || others.length > 0) return false;
  const own = elementText(written.store.at, to);
  return stages.every((stage, number) =>
    loadsIn(stage.roots)
      .filter((load) => load.from === old.id)
      .every(
        (load) => !stage.spread && number <= written.number && elementText(load.at, old) === own,
      ),
  );
}

/** Parts of a kernel in time; `spread` parts read for other points than those that are written next. */
interface Stage {
  readonly roots: readonly Scalar[];
  readonly stores: readonly Store[];
  readonly spread: boolean;
}

function stagesOf(kernel: Kernel, to: ValueId): readonly Stage[] | undefined {
  const values = (stores: readonly Store[]): Scalar[] => stores.map((store) => store.value);
  switch (kernel.kind) {
    case "loop":
      return [
        ...kernel.passes.map((pass): Stage => ({
          roots: [...pass.accumulators.map((acc): Scalar => acc.value), ...values(pass.stores)],
          stores: pass.stores,
          spread: false,
        })),
        { roots: values(kernel.after), stores: kernel.after, spread: false },
      ];
    case "contract":
      return [
        { roots: [kernel.a, kernel.b], stores: [], spread: true },
        // Results and sums of an operand are stored in any order.
        ...[kernel.after, ...kernel.sums.map((sum): readonly Store[] => sum.after)].map(
          (stores): Stage => ({
            roots: values(stores),
            stores,
            spread: !stores.some((store) => store.to === to),
          }),
        ),
      ];
    case "scatter":
      return undefined; // zeroes its result first
    default:
      return kernel satisfies never;
  }
}
