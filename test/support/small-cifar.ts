// A few images in the layout of CIFAR-10, so that examples on it train in a moment and without a network.

/** Files of a folder: class k is coloured by its number, on a changing ground. */
export function smallCifar(train: number, test: number): Map<string, Uint8Array> {
  return new Map([
    ["data_batch_1.bin", records(train)],
    ["test_batch.bin", records(test)],
  ]);
}

/** A byte of label, then 1024 bytes each of red, green and blue. */
function records(count: number): Uint8Array {
  const size = 3073;
  const bytes = new Uint8Array(count * size);
  for (let row = 0; row < count; row++) {
    const label = (row * 7) % 10;
    bytes[row * size] = label;
    for (let i = 0; i < size - 1; i++) {
      const channel = Math.floor(i / 1024);
      const colour = (label * (channel + 3) * 29) % 170;
      bytes[row * size + 1 + i] = colour + ((row * 131 + i * 17) % 71);
    }
  }
  return bytes;
}
