// Light or dark: as the system wants it, until somebody says otherwise.

import { byId } from "./dom.ts";
import { keep } from "./store.ts";

export function openTheme(changed: () => void): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const { dataset } = document.documentElement;
  byId("theme").addEventListener("click", () => {
    const isDark = dataset["theme"] === undefined ? system.matches : dataset["theme"] === "dark";
    dataset["theme"] = isDark ? "light" : "dark";
    keep("dlm.theme", dataset["theme"]);
    changed();
  });
  system.addEventListener("change", changed);
}
