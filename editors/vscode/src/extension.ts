// The extension: starts the language server and shows what only this editor can, the library's files and a terminal.

import { existsSync } from "node:fs";
import path from "node:path";

import {
  commands,
  ShellExecution,
  ShellQuoting,
  Task,
  tasks,
  TaskScope,
  window,
  workspace,
  type ExtensionContext,
  type TextDocumentContentProvider,
  type Uri,
} from "vscode";
import { LanguageClient, TransportKind, type ServerOptions } from "vscode-languageclient/node";

/** Addresses that the server gives the files of the standard library. */
const libraryScheme = "dlm-library";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const started = new LanguageClient("dlm", "dlm", serverOptions(context), {
    documentSelector: [{ language: "dlm" }],
  });
  client = started;
  const library: TextDocumentContentProvider = {
    provideTextDocumentContent: (uri: Uri) =>
      started.sendRequest<string | null>("dlm/libraryText", { uri: uri.toString() }),
  };
  context.subscriptions.push(
    workspace.registerTextDocumentContentProvider(libraryScheme, library),
    commands.registerCommand("dlm.restart", () => started.restart()),
    commands.registerCommand("dlm.train", (uri?: Uri) => train(uri)),
  );
  await started.start();
}

export function deactivate(): Promise<void> | undefined {
  return client?.stop();
}

function serverOptions(context: ExtensionContext): ServerOptions {
  const [folder] = workspace.workspaceFolders ?? [];
  const cwd = folder?.uri.scheme === "file" ? folder.uri.fsPath : undefined;
  const options = cwd === undefined ? {} : { options: { cwd } };
  const named = workspace.getConfiguration("dlm").get<string>("server.path") ?? "";
  if (named !== "") {
    const module = path.resolve(cwd ?? "", named);
    if (existsSync(module)) {
      return { module, args: ["server"], transport: TransportKind.stdio, ...options };
    }
    void window.showWarningMessage(
      `dlm.server.path names ${module}, which is not there: the extension's own server runs.`,
    );
  }
  const module = context.asAbsolutePath("out/server.mjs");
  return { module, transport: TransportKind.stdio, ...options };
}

/** Trains a saved file in a terminal of its folder. */
async function train(uri: Uri | undefined): Promise<void> {
  const document = window.activeTextEditor?.document;
  const file = (uri ?? document?.uri)?.fsPath;
  if (file === undefined) return;
  if (document?.uri.fsPath === file && !(await document.save())) return;
  // Only a dlmc that the folder has: npx would fetch any package of that name.
  const name = { value: path.basename(file), quoting: ShellQuoting.Strong };
  const execution = new ShellExecution("npx", ["--no", "--", "dlmc", "train", name], {
    cwd: path.dirname(file),
  });
  const task = new Task({ type: "dlm" }, TaskScope.Workspace, "train", "dlm", execution);
  await tasks.executeTask(task);
}
