// A link that holds the source: deflated, as base64url, behind the `#`, which no server ever sees.

/** What browsers, chats and mails carry without harm. */
export const longestLink = 12_000;
/** Nobody writes a longer model; a link may not unpack to more. */
export const longestSource = 200_000;

export type Opened =
  | { readonly kind: "none" }
  | { readonly kind: "source"; readonly text: string }
  | { readonly kind: "broken"; readonly reason: string };

/** The part from `#` on. Throws a RangeError, for people to read, where it would be too long. */
export async function linkOf(text: string): Promise<string> {
  const packed = await pipe(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  const hash = `#m=${base64url(packed)}`;
  if (text.length <= longestSource && hash.length <= longestLink) return hash;
  throw new RangeError(
    `The model is too long for a link (${hash.length} of at most ${longestLink} characters). Copy its text instead.`,
  );
}

/** What a page's `#…` holds. */
export async function openLink(hash: string): Promise<Opened> {
  if (!hash.startsWith("#m=")) return { kind: "none" };
  if (hash.length > longestLink) {
    return { kind: "broken", reason: "This link is longer than any that the playground makes." };
  }
  try {
    const stream = new DecompressionStream("deflate-raw");
    const bytes = await pipe(fromBase64url(hash.slice(3)), stream, longestSource);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { kind: "source", text };
  } catch {
    return {
      kind: "broken",
      reason: "This link is damaged: perhaps its end was cut off. Ask for it once more.",
    };
  }
}

async function pipe(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
  limit = Infinity,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(through).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > limit) {
      await reader.cancel();
      throw new RangeError("too long");
    }
    parts.push(value);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function base64url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
