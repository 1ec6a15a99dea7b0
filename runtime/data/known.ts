// Datasets with a name of their own: where they come from and what their bytes must be.

export interface KnownFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface KnownDataset {
  /** Folders that hold the files, the official one first; the others are copies its users rely on. */
  readonly sources: readonly string[];
  readonly files: readonly KnownFile[];
  /** Per example. */
  readonly imageShape: readonly number[];
  readonly examples: number;
}

export const knownDatasets: ReadonlyMap<string, KnownDataset> = new Map([
  [
    "mnist",
    {
      sources: [
        "http://yann.lecun.com/exdb/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
      ],
      files: [
        {
          name: "train-images-idx3-ubyte.gz",
          bytes: 9912422,
          sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        },
        {
          name: "train-labels-idx1-ubyte.gz",
          bytes: 28881,
          sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        },
        {
          name: "t10k-images-idx3-ubyte.gz",
          bytes: 1648877,
          sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        },
        {
          name: "t10k-labels-idx1-ubyte.gz",
          bytes: 4542,
          sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
      ],
      imageShape: [1, 28, 28],
      examples: 70000,
    },
  ],
  [
    "fashion-mnist",
    {
      sources: [
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
      ],
      files: [
        {
          name: "train-images-idx3-ubyte.gz",
          bytes: 26421880,
          sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        },
        {
          name: "train-labels-idx1-ubyte.gz",
          bytes: 29515,
          sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        },
        {
          name: "t10k-images-idx3-ubyte.gz",
          bytes: 4422102,
          sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        },
        {
          name: "t10k-labels-idx1-ubyte.gz",
          bytes: 5148,
          sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
      ],
      imageShape: [1, 28, 28],
      examples: 70000,
    },
  ],
]);
