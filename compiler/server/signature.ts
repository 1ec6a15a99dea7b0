// The parameters of the block that is being called.

import type { SignatureHelp } from "vscode-languageserver-types";

import type { Param } from "../../grammar/ast.ts";
import type { Analysis } from "./analysis.ts";
import { describeMeaning } from "./describe.ts";
import type { Meaning } from "./names.ts";

export interface OpenCall {
  readonly meaning: Meaning;
  /** Which pair of parentheses: 0 settings, 1 inputs. */
  readonly list: number;
  /** Arguments before the place. */
  readonly argument: number;
  /** Name of the argument that is being written, where it has one. */
  readonly named: string | undefined;
}

/** The call whose parentheses are open at an offset. The text is read backwards, as it may be half-typed. */
export function callAround({ file, names }: Analysis, offset: number): OpenCall | undefined {
  const { text } = file;
  let depth = 0;
  let argument = 0;
  for (let at = offset - 1; at >= 0; at--) {
    const sign = text[at] ?? "";
    if (")]}".includes(sign)) depth++;
    else if (sign === "(" && depth === 0) {
      const inside = text.slice(at + 1, offset);
      const named = /([\p{L}_][\p{L}\p{N}_]*)\s*=[^=>][^,]*$/u.exec(`${inside} `)?.[1];
      const callee = calleeBefore(text, at);
      const meaning = callee && meaningAt(names, callee.start, callee.name);
      return meaning ? { meaning, list: callee.list, argument, named } : undefined;
    } else if ("([{".includes(sign)) {
      if (depth === 0) return undefined;
      depth--;
    } else if (sign === "," && depth === 0) argument++;
  }
  return undefined;
}

function meaningAt(names: Analysis["names"], start: number, text: string): Meaning | undefined {
  return (
    names.at(start)?.meaning ??
    names.bound.find((each) => each.text === text) ??
    names.globals.get(text)
  );
}

/** The name before a parenthesis, perhaps with a first list of arguments in between. */
function calleeBefore(
  text: string,
  parenthesis: number,
): { readonly name: string; readonly start: number; readonly list: number } | undefined {
  let end = parenthesis;
  let list = 0;
  if (text[end - 1] === ")") {
    list = 1;
    let depth = 0;
    do {
      end--;
      if (text[end] === ")") depth++;
      if (text[end] === "(") depth--;
    } while (end > 0 && depth > 0);
  }
  const name = /[\p{L}_][\p{L}\p{N}_]*$/u.exec(text.slice(0, end))?.[0];
  return name === undefined ? undefined : { name, start: end - name.length, list };
}

export function signatureAt(analysis: Analysis, offset: number): SignatureHelp | undefined {
  const call = callAround(analysis, offset);
  if (!call) return undefined;
  const { meaning, list, argument, named } = call;
  const { code, doc } = describeMeaning(meaning);
  const { declaration } = meaning;
  const lists = declaration?.kind === "block" ? declaration.lists : [];
  // Settings may be given with the inputs, by name.
  const parameters = lists.length > 1 ? (lists[list] ?? []) : (lists[0] ?? []);
  const all: readonly Param[] = lists.flat();
  const byName = all.findIndex((parameter) => parameter.name.text === named);
  const byPlace = all.indexOf(parameters[argument] ?? (all[all.length] as Param));
  const active = byName >= 0 ? byName : byPlace;
  return {
    signatures: [
      {
        label: code.replace(/\s*\n\s*/g, " "),
        ...(doc === undefined ? {} : { documentation: { kind: "markdown", value: doc } }),
        parameters: all.map(({ span }) => ({
          label: span.file.text.slice(span.start, span.end).replace(/\s*\n\s*/g, " "),
        })),
      },
    ],
    activeSignature: 0,
    ...(active >= 0 ? { activeParameter: active } : {}),
  };
}
