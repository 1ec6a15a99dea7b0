// Stands in for Visual Studio Code: loads the extension from its folder as the editor does, by the `main` of its manifest,
// opens a document with a mistake and prints, as JSON, what the extension asked the editor for.
//
//     node vscode-host.cjs EXTENSION-FOLDER DOCUMENT

const { readFileSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { pathToFileURL, fileURLToPath } = require("node:url");

const [, , folder, documentPath] = process.argv;
const providers = {};
const registeredCommands = [];
let contentProvider;

/** Anything of the interface that plays no part here: callable, constructible, with members of the same kind. */
function anything() {
  const members = new Map();
  const target = class {};
  return new Proxy(target, {
    get(_, key) {
      if (key === "prototype") return target.prototype;
      if (key === "then" || key === Symbol.toPrimitive || key === Symbol.iterator) return undefined;
      if (!members.has(key)) members.set(key, anything());
      return members.get(key);
    },
    apply: () => anything(),
    construct: (made, args, newTarget) => Reflect.construct(target, [], newTarget),
  });
}

/** A part of the interface: what is given, and anything else besides. */
function part(given) {
  const rest = anything();
  return new Proxy(given, { get: (target, key) => (key in target ? target[key] : rest[key]) });
}

class Uri {
  constructor(text) {
    this.text = text;
    this.scheme = text.slice(0, text.indexOf(":"));
    this.path = new URL(text).pathname;
    this.fsPath = this.scheme === "file" ? fileURLToPath(text) : this.path;
  }
  static parse(text) {
    return new Uri(text);
  }
  static file(file) {
    return new Uri(pathToFileURL(file).href);
  }
  toString() {
    return this.text;
  }
}

class EventEmitter {
  listeners = new Set();
  event = (listener, self) => {
    const bound = self === undefined ? listener : listener.bind(self);
    this.listeners.add(bound);
    return { dispose: () => this.listeners.delete(bound) };
  };
  fire(value) {
    for (const listener of this.listeners) listener(value);
  }
  dispose() {
    this.listeners.clear();
  }
}

class CancellationTokenSource {
  emitter = new EventEmitter();
  token = { isCancellationRequested: false, onCancellationRequested: this.emitter.event };
  cancel() {}
  dispose() {}
}

class Position {
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}
class Range {
  constructor(...at) {
    const [start, end] =
      at.length === 4 ? [new Position(at[0], at[1]), new Position(at[2], at[3])] : at;
    Object.assign(this, { start, end });
  }
}
class Diagnostic {
  constructor(range, message, severity) {
    Object.assign(this, { range, message, severity });
  }
}

const document = {
  uri: Uri.file(documentPath),
  fileName: documentPath,
  languageId: "dlm",
  version: 1,
  isClosed: false,
  isDirty: false,
  getText: () => readFileSync(documentPath, "utf8"),
};
let showDiagnostics;
const diagnosed = new Promise((resolve) => (showDiagnostics = resolve));
const silent = new EventEmitter().event;

const vscode = part({
  version: "1.91.0",
  Uri,
  EventEmitter,
  CancellationTokenSource,
  Position,
  Range,
  Diagnostic,
  Disposable: class {
    constructor(dispose) {
      this.dispose = dispose;
    }
  },
  CancellationError: class extends Error {},
  env: part({ appName: "test", language: "en" }),
  commands: part({
    registerCommand(name) {
      registeredCommands.push(name);
      return { dispose() {} };
    },
  }),
  window: part({
    activeTextEditor: undefined,
    visibleTextEditors: [],
    tabGroups: { all: [], onDidChangeTabs: silent },
    onDidChangeActiveTextEditor: silent,
    onDidChangeVisibleTextEditors: silent,
    createOutputChannel: () =>
      part({
        append: (text) => process.stderr.write(text),
        appendLine: (text) => process.stderr.write(`${text}\n`),
        dispose() {},
      }),
  }),
  workspace: part({
    workspaceFolders: [{ uri: Uri.file(path.dirname(documentPath)), name: "test", index: 0 }],
    textDocuments: [document],
    notebookDocuments: [],
    getConfiguration: () => ({
      get: (_, fallback) => fallback,
      has: () => false,
      inspect: () => undefined,
    }),
    onDidOpenTextDocument: silent,
    onDidChangeTextDocument: silent,
    onDidCloseTextDocument: silent,
    onDidSaveTextDocument: silent,
    onDidChangeConfiguration: silent,
    onDidChangeWorkspaceFolders: silent,
    onWillSaveTextDocument: silent,
    onDidCreateFiles: silent,
    onDidRenameFiles: silent,
    onDidDeleteFiles: silent,
    registerTextDocumentContentProvider(scheme, provider) {
      contentProvider = { scheme, provider };
      return { dispose() {} };
    },
  }),
  languages: new Proxy(
    {
      match: () => 10,
      createDiagnosticCollection: () => ({
        set: (uri, diagnostics) => showDiagnostics({ uri: uri.toString(), diagnostics }),
        delete() {},
        clear() {},
        dispose() {},
      }),
    },
    {
      get(given, key) {
        if (key in given) return given[key];
        return (_selector, provider) => {
          providers[key] = provider;
          return { dispose() {} };
        };
      },
    },
  ),
});

const load = Module._load;
Module._load = function (name, ...rest) {
  return name === "vscode" ? vscode : load.call(this, name, ...rest);
};

async function main() {
  const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const extension = require(path.join(folder, manifest.main));
  const context = { subscriptions: [], asAbsolutePath: (relative) => path.join(folder, relative) };
  await extension.activate(context);
  const { uri, diagnostics } = await diagnosed;
  const library = await contentProvider.provider.provideTextDocumentContent(
    Uri.parse("dlm-library:/layers.dlm"),
  );
  await extension.deactivate();
  const messages = diagnostics.map(({ message, range }) => ({ message, line: range.start.line }));
  const registered = Object.keys(providers).sort();
  const { scheme } = contentProvider;
  process.stdout.write(
    JSON.stringify({ uri, messages, registered, registeredCommands, scheme, library }),
  );
  process.exit(0);
}

main().catch((thrown) => {
  process.stderr.write(`${thrown?.stack ?? thrown}\n`);
  process.exit(1);
});
