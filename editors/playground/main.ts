// The page: an editor, what the language says to it, a training and what comes of it.

import "uplot/dist/uPlot.min.css";
import "./style/theme.css";
import "./style/layout.css";
import "./style/parts.css";
import "./style/editor.css";
import "./style/results.css";
import "./style/model.css";

import { openAnalyser } from "./analysis.ts";
import { byId, counted, make, toast } from "./dom.ts";
import { openEditor } from "./editor.ts";
import { examples } from "./examples.ts";
import { showModels } from "./models.ts";
import { openPad } from "./pad.ts";
import { openProgress } from "./progress.ts";
import type { Analysis, Device, Problem, TrainingMessage, Word } from "./protocol.ts";
import { linkOf, openLink } from "./share.ts";
import { keep, kept } from "./store.ts";
import { openTabs } from "./tabs.ts";
import { openTheme } from "./theme.ts";
import { openTrainer } from "./trainer.ts";

const draft = "dlm.draft";
const first = examples[0]?.text ?? "";

/** A link's model, or what was being written here, or the first example. */
async function startText(): Promise<string> {
  const opened = await openLink(location.hash);
  if (opened.kind === "source") return opened.text;
  if (opened.kind === "broken") toast(opened.reason, "trouble");
  return kept(draft) ?? first;
}

async function main(): Promise<void> {
  const progress = openProgress();
  const tabs = openTabs();
  const pad = openPad((pixels) => trainer.predict(pixels));
  const picker = byId<HTMLSelectElement>("example");
  const run = byId<HTMLButtonElement>("run");
  const resume = byId<HTMLButtonElement>("resume");
  const training = byId<HTMLSelectElement>("training");
  let isRunning = false;
  let hasErrors = true;
  /** The text that the page speaks of, and whether a training waits for it to be the latest. */
  let analysed: string | undefined;
  let isWanted = false;
  let own: readonly Word[] = [];
  let typing: ReturnType<typeof setTimeout> | undefined;

  // ---- the text

  const editor = openEditor(byId("editor"), await startText(), {
    words: () => new Map([...analyser.library(), ...own].map((word) => [word.name, word])),
    changed,
  });
  function changed(text: string): void {
    clearTimeout(typing);
    typing = setTimeout(() => analyser.ask(text), 120);
    keep(draft, text);
    markExample(text);
    // The model that was trained still reads what is drawn, until another text is trained.
    if (!isRunning) pad.hide(!hasDigits(text));
  }
  const reveal = (offset: number): void => {
    tabs.show("code");
    editor.reveal(offset);
  };

  picker.append(
    ...examples.map(({ id, title }) => new Option(title, id)),
    new Option("Your own", "own", false, false),
  );
  picker.addEventListener("change", () => {
    const chosen = examples.find(({ id }) => id === picker.value);
    if (!chosen) return;
    editor.replace(chosen.text);
    if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
    keep(draft, undefined);
  });
  function markExample(text: string): void {
    const same = examples.find((each) => each.text === text);
    picker.value = same?.id ?? "own";
    const own = [...picker.options].find(({ value }) => value === "own");
    if (own) own.hidden = same !== undefined;
  }
  markExample(editor.text());
  pad.hide(!hasDigits(editor.text()));

  addEventListener("hashchange", () => {
    void openLink(location.hash).then((opened) => {
      if (opened.kind === "source") editor.replace(opened.text);
      if (opened.kind === "broken") toast(opened.reason, "trouble");
    });
  });

  // ---- what the language says

  const analyser = openAnalyser(
    (analysis, text) => {
      if (text !== editor.text()) return;
      analysed = text;
      own = analysis.words;
      editor.show(analysis.problems, analysis.hints);
      showProblems(analysis.problems);
      showTrainings(analysis);
      showModels(analysis.models, reveal);
      if (isWanted) begin();
    },
    (reason) => {
      byId("problem-summary").textContent = `The compiler failed on this text: ${reason}`;
    },
  );

  function showProblems(problems: readonly Problem[]): void {
    const errors = problems.filter(({ severity }) => severity === "error").length;
    hasErrors = errors > 0;
    const summary = byId("problem-summary");
    const several = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
    const warnings = problems.length - errors;
    const parts = [
      ...(errors > 0 ? [several(errors, "mistake")] : []),
      ...(warnings > 0 ? [several(warnings, "warning")] : []),
    ];
    summary.textContent = parts.length === 0 ? "No mistakes" : parts.join(", ");
    summary.dataset["kind"] = errors > 0 ? "error" : warnings > 0 ? "warning" : "good";
    const badge = byId("problem-badge");
    badge.hidden = problems.length === 0;
    badge.textContent = String(problems.length);
    byId("problems").replaceChildren(
      ...problems.map((problem) => {
        const button = make(
          "button",
          { class: `problem ${problem.severity}` },
          make("span", {
            class: "where",
            text: `${editor.view.state.doc.lineAt(Math.min(problem.from, editor.view.state.doc.length)).number}`,
          }),
          make("span", { class: "what", text: problem.message }),
          ...(problem.help === undefined
            ? []
            : [make("span", { class: "help", text: problem.help })]),
        );
        button.type = "button";
        button.addEventListener("click", () => reveal(problem.from));
        return make("li", {}, button);
      }),
    );
    showButtons();
  }

  function showTrainings({ trainings }: Analysis): void {
    if (trainings.length === 0 && hasErrors) return;
    const before = training.value;
    training.replaceChildren(...trainings.map(({ name, label }) => new Option(label, name)));
    if (trainings.some(({ name }) => name === before)) training.value = before;
    byId("training-field").hidden = trainings.length < 2;
    showButtons();
  }

  // ---- the training

  const trainer = openTrainer(take);

  function showButtons(): void {
    run.textContent = isRunning ? "Stop" : "Train";
    run.classList.toggle("stop", isRunning);
    run.disabled = !isRunning && (hasErrors || training.options.length === 0);
    run.title = run.disabled ? "Mend the mistakes first" : "Ctrl or ⌘ and Enter";
  }

  function begin(): void {
    isWanted = analysed !== editor.text();
    if (isWanted) analyser.ask(editor.text());
    if (isWanted || hasErrors) return;
    isRunning = true;
    resume.hidden = true;
    progress.clear();
    progress.status("Compiling the training step …");
    tabs.show("train");
    showButtons();
    const device = byId<HTMLSelectElement>("device").value as Device;
    trainer.send({ kind: "train", text: editor.text(), training: training.value, device });
  }

  run.addEventListener("click", () => {
    if (!isRunning) begin();
    else {
      progress.status("Stopping after this step …");
      trainer.send({ kind: "stop" });
    }
  });
  resume.addEventListener("click", () => {
    isRunning = true;
    resume.hidden = true;
    showButtons();
    trainer.send({ kind: "resume" });
  });
  addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      event.stopPropagation();
      if (!run.disabled) run.click();
    },
    { capture: true },
  );
  addEventListener("keydown", (event) => {
    if (event.code !== "KeyF" || !event.shiftKey || !event.altKey) return;
    event.preventDefault();
    byId("format").click();
  });

  function take(message: TrainingMessage): void {
    switch (message.kind) {
      case "events":
        progress.take(message.events);
        // It reads along: what was drawn is asked anew with what has been learnt since.
        pad.ask();
        break;
      case "ready":
        pad.show(message.pad);
        break;
      case "notice":
        toast(message.text);
        break;
      case "prediction":
        pad.tell(message.probabilities);
        break;
      case "done":
        isRunning = false;
        resume.hidden = message.finished;
        showButtons();
        pad.ask();
        break;
      case "failed":
        isRunning = false;
        progress.status(
          `${message.message}${message.help === undefined ? "" : ` – ${message.help}`}`,
          "trouble",
        );
        showButtons();
        break;
    }
  }

  // ---- the rest

  byId("format").addEventListener("click", () => {
    const before = editor.text();
    void import("./format.ts")
      .then(({ formatted }) => formatted(before))
      .then((text) => {
        if (text === undefined)
          toast("Mend the mistakes in the syntax first; then it can be formatted.");
        else if (editor.text() === before) editor.reform(text);
      });
  });
  byId("share").addEventListener("click", () => void share(editor.text()));
  openTheme(() => {
    progress.renew();
    pad.repaint();
  });
  if (!self.crossOriginIsolated) byId("device").title = "One thread: this page is not isolated";
  analyser.ask(editor.text());
}

/** Whether there will be something to draw. */
const hasDigits = (text: string): boolean => /\bdigits\s*\(/.test(text);

async function share(text: string): Promise<void> {
  try {
    const hash = await linkOf(text);
    history.replaceState(null, "", hash);
    try {
      await navigator.clipboard.writeText(location.href);
      toast(
        `The link is copied: ${counted(location.href.length)} characters hold the whole model.`,
      );
    } catch {
      toast("The link stands in the address bar: it holds the whole model.");
    }
  } catch (thrown) {
    toast(thrown instanceof Error ? thrown.message : String(thrown), "trouble");
  }
}

void main();
