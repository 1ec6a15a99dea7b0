// Tabs: all of them on a narrow page, where one part is seen at a time; beside the text on a wide one.

type Tab = "code" | "train" | "model";

/** The place that a narrow page shows; a wide page always shows the text, and `data-view` says what is beside it. */
export function openTabs(): { show(tab: Tab): void } {
  const { body } = document;
  const tabs = [...document.querySelectorAll<HTMLButtonElement>("[data-tab]")];

  function show(tab: Tab): void {
    body.dataset["place"] = tab;
    if (tab !== "code") body.dataset["view"] = tab;
    mark();
  }

  /** Which one is chosen depends on whether the text has a tab at all. */
  function mark(): void {
    const hasCode = tabs[0]?.offsetParent !== null;
    const shown = hasCode ? body.dataset["place"] : body.dataset["view"];
    for (const each of tabs) {
      const isShown = each.dataset["tab"] === shown;
      each.setAttribute("aria-selected", String(isShown));
      each.tabIndex = isShown ? 0 : -1;
    }
  }

  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => show(tab.dataset["tab"] as Tab));
    tab.addEventListener("keydown", ({ key }) => {
      const by = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
      if (by === 0) return;
      const others = tabs.filter((each) => each.offsetParent !== null);
      const next = others[(others.indexOf(tab) + by + others.length) % others.length] ?? tabs[i];
      next?.focus();
      next?.click();
    });
  });
  addEventListener("resize", mark);
  mark();
  return { show };
}
