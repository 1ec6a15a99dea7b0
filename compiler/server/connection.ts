// The language server: the protocol on one side, the analysis of open documents on the other. Texts that are not open are
// read from the disk; the standard library is shown read-only under addresses of its own.

import { fileURLToPath, pathToFileURL } from "node:url";

import {
  createConnection,
  ProposedFeatures,
  ResponseError,
  TextDocuments,
  TextDocumentSyncKind,
  type Connection,
  type InitializeResult,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";

import { Reporter } from "../../grammar/diagnostic.ts";
import type { SourceFile } from "../../grammar/source.ts";
import type { Host } from "../../runtime/host.ts";
import { loadLibrary } from "../check/load.ts";
import { analyse, type Analysis, type Services } from "./analysis.ts";
import { completionsAt } from "./complete.ts";
import { hintsOf } from "./hints.ts";
import { hoverAt } from "./hover.ts";
import { definitionAt, referencesAt, renameAt, renameRangeAt } from "./navigate.ts";
import { foldsOf, symbolsOf } from "./outline.ts";
import { offsetOf, positionOf } from "./positions.ts";
import { actionsOf, problemsOf } from "./problems.ts";
import { semanticTokensOf, tokenModifiers, tokenTypes } from "./semantic.ts";
import { signatureAt } from "./signature.ts";

export interface ServerOptions extends Omit<Services, "host"> {
  /** Files on the disk, for a document at a path. */
  readonly hostFor: (main: string) => Host;
  /** The text formatted, or undefined where it has mistakes in its syntax. */
  readonly format: (text: string, path: string, reporter: Reporter) => Promise<string | undefined>;
}

/** Addresses of the standard library. */
const libraryScheme = "dlm-library:/";

const capabilities: InitializeResult["capabilities"] = {
  textDocumentSync: TextDocumentSyncKind.Incremental,
  hoverProvider: true,
  inlayHintProvider: true,
  completionProvider: { triggerCharacters: [".", "(", ","] },
  signatureHelpProvider: { triggerCharacters: ["(", ","] },
  definitionProvider: true,
  referencesProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  codeActionProvider: { codeActionKinds: ["quickfix"] },
  semanticTokensProvider: {
    full: true,
    legend: { tokenTypes: [...tokenTypes], tokenModifiers: [...tokenModifiers] },
  },
};

/** Serves over standard input and output until the client ends it. */
export function serve(options: ServerOptions): Promise<void> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  return new Promise((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.once("end", () => resolve());
    attach(connection, options);
  });
}

function attach(connection: Connection, options: ServerOptions): void {
  const documents = new TextDocuments(TextDocument);
  const analyses = new Map<string, { readonly versions: string; readonly analysis: Analysis }>();

  /** Versions of the open documents among a file's modules; a file that is missing may be any of them. */
  function versionsOf({ modules, diagnostics }: Analysis): string {
    const isMissing = diagnostics.some(({ code }) => code === "missing-file");
    const paths = new Set(modules.map(({ file }) => file.path));
    return documents
      .all()
      .filter(({ uri }) => isMissing || paths.has(pathOf(uri)))
      .map(({ uri, version }) => `${uri}@${version}`)
      .join(" ");
  }

  /** The analysis of a document as it is now, made once for its text and those that it imports. */
  function current(uri: string): Analysis | undefined {
    if (!documents.get(uri)) return undefined;
    const known = analyses.get(uri);
    if (known && known.versions === versionsOf(known.analysis)) return known.analysis;
    const path = pathOf(uri);
    const host = openHost(options.hostFor(path), documents);
    const { readers, measure } = options;
    const analysis = analyse(path, { host, readers, ...(measure ? { measure } : {}) });
    analyses.set(uri, { versions: versionsOf(analysis), analysis });
    return analysis;
  }

  /** Answers about a document that is open; nothing about others, and about none while something goes wrong. */
  function about<T>(uri: string, answer: (analysis: Analysis) => T): T | null {
    try {
      const analysis = current(uri);
      return analysis ? answer(analysis) : null;
    } catch (thrown) {
      connection.console.error(
        `${uri}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
      );
      return null;
    }
  }

  const publish = (uri: string): void => {
    const before = analyses.get(uri)?.analysis;
    if (before && about(uri, (now) => now === before)) return;
    const diagnostics = about(uri, (analysis) => problemsOf(analysis, uriOf)) ?? [];
    void connection.sendDiagnostics({ uri, diagnostics });
  };

  connection.onInitialize(() => ({ capabilities, serverInfo: { name: "dlm" } }));
  // Another document may import the one that changed.
  documents.onDidChangeContent(() => documents.keys().forEach(publish));
  documents.onDidClose(({ document }) => {
    analyses.delete(document.uri);
    void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });

  connection.onHover(({ textDocument, position }) =>
    about(textDocument.uri, (a) => hoverAt(a, offsetOf(a.file, position)) ?? null),
  );
  connection.languages.inlayHint.on(({ textDocument, range }) =>
    about(textDocument.uri, (a) => hintsOf(a, range)),
  );
  connection.onCompletion(({ textDocument, position }) =>
    about(textDocument.uri, (a) => completionsAt(a, offsetOf(a.file, position))),
  );
  connection.onSignatureHelp(({ textDocument, position }) =>
    about(textDocument.uri, (a) => signatureAt(a, offsetOf(a.file, position)) ?? null),
  );
  connection.onDefinition(({ textDocument, position }) =>
    about(textDocument.uri, (a) => definitionAt(a, offsetOf(a.file, position), uriOf) ?? null),
  );
  connection.onReferences(({ textDocument, position, context }) =>
    about(textDocument.uri, (a) =>
      referencesAt(a, offsetOf(a.file, position), textDocument.uri, context.includeDeclaration),
    ),
  );
  connection.onPrepareRename(({ textDocument, position }) =>
    orRefusal(about(textDocument.uri, (a) => renameRangeAt(a, offsetOf(a.file, position)))),
  );
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const edits = orRefusal(
      about(textDocument.uri, (a) => renameAt(a, offsetOf(a.file, position), newName)),
    );
    return edits && !(edits instanceof ResponseError)
      ? { changes: { [textDocument.uri]: edits } }
      : edits;
  });
  connection.onDocumentSymbol(({ textDocument }) => about(textDocument.uri, symbolsOf));
  connection.onFoldingRanges(({ textDocument }) => about(textDocument.uri, foldsOf));
  connection.languages.semanticTokens.on(({ textDocument }) => ({
    data: about(textDocument.uri, semanticTokensOf) ?? [],
  }));
  connection.onCodeAction(({ textDocument, range }) =>
    about(textDocument.uri, (a) => actionsOf(a, range, textDocument.uri)),
  );
  connection.onDocumentFormatting(async ({ textDocument }) => {
    const document = documents.get(textDocument.uri);
    if (!document) return null;
    const file = { path: pathOf(textDocument.uri), text: document.getText() };
    const formatted = await options.format(file.text, file.path, new Reporter());
    if (formatted === undefined || formatted === file.text) return [];
    const range = { start: positionOf(file, 0), end: positionOf(file, file.text.length) };
    return [{ range, newText: formatted }];
  });
  // What an editor shows of the standard library, read-only.
  connection.onRequest("dlm/libraryText", ({ uri }: { readonly uri: string }) => {
    const path = `<stdlib>/${uri.slice(libraryScheme.length)}`;
    return loadLibrary().find(({ file }) => file.path === path)?.file.text ?? null;
  });

  documents.listen(connection);
  connection.listen();
}

function orRefusal<T>(found: T | string | null): T | ResponseError<void> | null {
  return typeof found === "string" ? new ResponseError(1, found) : found;
}

function pathOf(uri: string): string {
  return uri.startsWith("file:") ? fileURLToPath(uri) : uri;
}

function uriOf({ path }: SourceFile): string | undefined {
  const library = /^<stdlib>\/(.*)$/.exec(path)?.[1];
  if (library !== undefined) return libraryScheme + library;
  return /^[a-z]+:\/\//.test(path) ? path : pathToFileURL(path).href;
}

/** Open documents in place of what the disk holds. */
function openHost(disk: Host, documents: TextDocuments<TextDocument>): Host {
  const open = (path: string): string | undefined =>
    documents
      .all()
      .find(({ uri }) => pathOf(uri) === path)
      ?.getText();
  return {
    readText: (path) => open(path) ?? disk.readText(path),
    resolve: (specifier, from) => disk.resolve(specifier, from),
    refusal: (specifier, from) => disk.refusal?.(specifier, from),
  };
}
