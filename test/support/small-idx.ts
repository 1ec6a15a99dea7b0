// A few images in the IDX format, so that examples on Fashion-MNIST train in a moment and without a network.

/** Files of a folder in MNIST's format: class k is brighter in the k-th of ten stripes. */
export function smallIdx(train: number, test: number): Map<string, Uint8Array> {
  return new Map([
    ["train-images-idx3-ubyte", images(train)],
    ["train-labels-idx1-ubyte", labels(train)],
    ["t10k-images-idx3-ubyte", images(test)],
    ["t10k-labels-idx1-ubyte", labels(test)],
  ]);
}

const side = 28;
const classOf = (row: number): number => (row * 7) % 10;

function images(count: number): Uint8Array {
  const bytes = new Uint8Array(16 + count * side * side);
  header(bytes, [count, side, side]);
  for (let row = 0; row < count; row++) {
    for (let at = 0; at < side * side; at++) {
      const stripe = Math.floor((at % side) / 2.8);
      const noise = ((row * 131 + at * 17) % 97) / 2;
      bytes[16 + row * side * side + at] = noise + (stripe === classOf(row) ? 200 : 0);
    }
  }
  return bytes;
}

function labels(count: number): Uint8Array {
  const bytes = new Uint8Array(8 + count);
  header(bytes, [count]);
  for (let row = 0; row < count; row++) bytes[8 + row] = classOf(row);
  return bytes;
}

/** Magic: two zero bytes, unsigned bytes (8), the rank; then the sizes, big-endian. */
function header(bytes: Uint8Array, sizes: readonly number[]): void {
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + sizes.length);
  for (const [axis, size] of sizes.entries()) view.setUint32(4 + 4 * axis, size);
}
