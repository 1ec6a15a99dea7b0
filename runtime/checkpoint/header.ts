// The JSON header of a safetensors file, read strictly: JSON.parse would quietly keep the last of two equal names.

import { UserError } from "../errors.ts";

export type HeaderValue = string | number | readonly HeaderValue[] | HeaderObject;
export type HeaderObject = ReadonlyMap<string, HeaderValue>;

/** An object of strings, whole numbers, lists and objects, nested at most four deep; anything else is a UserError. */
export function parseHeader(text: string, path: string): HeaderObject {
  let at = 0;

  const fail = (what: string): never => {
    throw new UserError(`the header is damaged: ${what} at character ${at}`, { place: path });
  };
  const skip = (): void => {
    while (/^[ \t\r\n]$/.test(text[at] ?? "")) at++;
  };
  const expect = (token: string): void => {
    skip();
    if (text[at] !== token) fail(`${token} expected`);
    at++;
  };
  const accept = (token: string): boolean => {
    skip();
    if (text[at] !== token) return false;
    at++;
    return true;
  };
  const string = (): string => {
    skip();
    const start = at;
    if (text[at] !== '"') fail("a string expected");
    at++;
    while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at++;
    try {
      const parsed: unknown = JSON.parse(text.slice(start, at));
      if (typeof parsed === "string") return parsed;
    } catch {
      // told below, with the place
    }
    return fail("a string is not closed");
  };
  const number = (): number => {
    const digits = /^(0|[1-9][0-9]{0,15})(?![0-9.eE])/.exec(text.slice(at, at + 20))?.[0];
    if (digits === undefined) return fail("a value expected");
    const parsed = Number(digits);
    if (!Number.isSafeInteger(parsed)) return fail("a number is too large");
    at += digits.length;
    return parsed;
  };
  const object = (depth: number): HeaderObject => {
    expect("{");
    const entries = new Map<string, HeaderValue>();
    if (accept("}")) return entries;
    do {
      const key = string();
      if (entries.has(key)) fail(`${JSON.stringify(key)} occurs twice,`);
      expect(":");
      entries.set(key, value(depth + 1));
    } while (accept(","));
    expect("}");
    return entries;
  };
  const list = (depth: number): readonly HeaderValue[] => {
    expect("[");
    const items: HeaderValue[] = [];
    if (accept("]")) return items;
    do items.push(value(depth + 1));
    while (accept(","));
    expect("]");
    return items;
  };
  const value = (depth: number): HeaderValue => {
    if (depth > 4) return fail("nested too deeply");
    skip();
    if (text[at] === "{") return object(depth);
    if (text[at] === "[") return list(depth);
    if (text[at] === '"') return string();
    return number();
  };

  const whole = object(0);
  skip();
  if (at < text.length) fail("nothing more expected");
  return whole;
}
