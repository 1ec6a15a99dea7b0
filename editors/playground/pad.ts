// The drawing pad: a pen, the picture that the model gets, and the probabilities that it gives.

import { digitSize, drawDigit } from "../../runtime/data/digits/draw.ts";
import { byId, make, styleOf } from "./dom.ts";
import { pixelsOf, type Point } from "./pad-pixels.ts";
import type { PadView } from "./protocol.ts";

export interface Pad {
  /** What the model at hand reads; nothing where it reads no pictures, then the pad is put away. */
  show(view: PadView | undefined): void;
  /** Where no model is at hand: whether one will come that reads pictures. */
  hide(hidden: boolean): void;
  tell(probabilities: ArrayLike<number>): void;
  /** Asks anew, for a model that has learnt more. */
  ask(): void;
  repaint(): void;
}

const size = 224;

/** `drawn` gets the bytes of the picture after each stroke. */
export function openPad(drawn: (pixels: Uint8Array) => void): Pad {
  const canvas = byId<HTMLCanvasElement>("pad");
  const seen = byId<HTMLCanvasElement>("pad-seen");
  const bars = byId("pad-bars");
  const hint = byId("pad-hint");
  let view: PadView = { height: 28, width: 28, classes: "0123456789".split("") };
  let isReady = false;
  let strokes: Point[][] = [];
  let sample: Uint8Array | undefined;
  let samples = Math.floor(Math.random() * 1000);

  const density = Math.min(3, window.devicePixelRatio || 1);
  canvas.width = canvas.height = size * density;

  function pixels(): Uint8Array {
    return sample ?? pixelsOf(strokes, view);
  }

  function changed(): void {
    repaint();
    if (isReady && (sample || strokes.length > 0)) drawn(pixels());
    if (!sample && strokes.length === 0) clearBars();
  }

  function repaint(): void {
    const context = canvas.getContext("2d");
    if (!context) return;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, size, size);
    if (sample) {
      context.imageSmoothingEnabled = false;
      paintBytes(seen, sample, view);
      context.drawImage(seen, 0, 0, size, size);
      return;
    }
    context.strokeStyle = styleOf("--ink");
    context.lineWidth = 16;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of strokes) {
      context.beginPath();
      stroke.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
      const [first] = stroke;
      if (stroke.length === 1 && first) context.lineTo(first[0] + 0.01, first[1]);
      context.stroke();
    }
    paintBytes(seen, pixels(), view);
  }

  function place(event: PointerEvent): Point {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * size,
      ((event.clientY - box.top) / box.height) * size,
    ];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    sample = undefined;
    strokes.push([place(event)]);
    changed();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    const stroke = strokes.at(-1);
    for (const each of event.getCoalescedEvents?.() ?? [event]) stroke?.push(place(each));
    changed();
  });
  byId("pad-clear").addEventListener("click", () => {
    strokes = [];
    sample = undefined;
    changed();
  });
  byId("pad-sample").addEventListener("click", () => {
    strokes = [];
    sample = new Uint8Array(digitSize * digitSize);
    // Far from the rows that models learn from.
    samples += 1 + Math.floor(Math.random() * 9);
    drawDigit(4711, samples, sample, 0);
    changed();
  });

  function clearBars(): void {
    bars.replaceChildren(
      ...view.classes.map((name) =>
        make(
          "li",
          {},
          make("span", { class: "name", text: name }),
          make("span", { class: "track" }, make("span", { class: "fill" })),
          make("span", { class: "percent" }),
        ),
      ),
    );
  }

  clearBars();
  return {
    hide(hidden) {
      byId("pad-card").hidden = hidden;
    },
    show(given) {
      byId("pad-card").hidden = given === undefined;
      isReady = given !== undefined;
      hint.textContent = isReady
        ? "Draw in the box. It reads along while it learns."
        : "Train the model; then it reads what you draw, also while it learns.";
      if (!given) return;
      const isOther = given.classes.join() !== view.classes.join();
      view = given;
      byId("pad-sample").hidden = view.height !== digitSize || view.width !== digitSize;
      seen.width = view.width;
      seen.height = view.height;
      if (isOther) clearBars();
      changed();
    },
    tell(probabilities) {
      const values = Array.from(probabilities);
      const best = values.indexOf(Math.max(...values));
      [...bars.children].forEach((row, i) => {
        const value = values[i] ?? 0;
        row.classList.toggle("best", i === best);
        row.querySelector<HTMLElement>(".fill")?.style.setProperty("scale", `${value} 1`);
        const percent = row.querySelector(".percent");
        if (percent) percent.textContent = `${Math.round(100 * value)} %`;
      });
      bars.dataset["best"] = view.classes[best] ?? "";
      const name = view.classes[best] ?? "";
      hint.textContent = `It sees ${name}, with ${Math.round(100 * (values[best] ?? 0))} %.`;
    },
    ask: () => {
      if (isReady && (sample || strokes.length > 0)) drawn(pixels());
    },
    repaint,
  };
}

/** Ink in the page's colour. */
function paintBytes(
  canvas: HTMLCanvasElement,
  bytes: Uint8Array,
  { height, width }: Pick<PadView, "height" | "width">,
): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = styleOf("--ink");
  for (let i = 0; i < bytes.length; i++) {
    context.globalAlpha = (bytes[i] ?? 0) / 255;
    context.fillRect(i % width, Math.floor(i / width), 1, 1);
  }
}
