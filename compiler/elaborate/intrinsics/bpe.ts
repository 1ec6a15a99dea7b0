// `bpe(…)`, a way of cutting text: an argument of readers, and of `tokenize`.

import { byteCount } from "../../../runtime/data/text/bpe.ts";
import { firstId } from "../../../runtime/data/text/vocabulary.ts";
import { report } from "../context.ts";
import { describeValue } from "../text.ts";
import { knownNumber } from "../values.ts";
import { setting, settingSpan, type Intrinsic } from "./define.ts";

/** `bpe(n)`: pairs of bytes are merged until there are `n` ids in all; `bpe("tokenizer.json")`: as the file says. */
const bpe: Intrinsic = {
  name: "bpe",
  settings: [{ name: "size" }],
  inputs: [],
  build: (call) => {
    const size = setting(call, "size");
    if (size.kind === "string" && size.value !== "") return { kind: "bpe", rule: size.value };
    const known = size.kind === "int" ? knownNumber(size) : undefined;
    if (known === undefined) {
      return report(call.ctx, "wrong-kind", settingSpan(call, "size"), {
        what: "`size` of `bpe`",
        wanted: "how many ids there are in all, or the file of a tokeniser",
        found: describeValue(size),
      });
    }
    const least = firstId + byteCount;
    if (known >= least) return { kind: "bpe", rule: known };
    return report(
      call.ctx,
      "value-out-of-range",
      settingSpan(call, "size"),
      { what: "`size` of `bpe`", value: String(known), expected: `${least} or more` },
      {
        help: `${firstId} ids are special ones and ${byteCount} single bytes; the others are merged`,
      },
    );
  },
};

export const bpeIntrinsics: readonly Intrinsic[] = [bpe];
