/** The next index in a list, by key. */
const STEPS: Readonly<Record<string, (index: number, length: number) => number>> = {
  ArrowDown: (index, length) => Math.min(index + 1, length - 1),
  ArrowUp: (index) => Math.max(index - 1, 0),
  Home: () => 0,
  End: (_index, length) => length - 1,
};

/**
 * Makes a list of buttons a single stop of the Tab key; the arrow keys, Home and End move within it. A
 * room of a thousand users is then one step.
 *
 * @returns a function to call after each change of the list.
 */
export function moveByArrows(list: HTMLElement): () => void {
  const buttons = () => [...list.querySelectorAll<HTMLElement>("button[data-choice]")];
  let current: HTMLElement | undefined;
  const refresh = () => {
    const all = buttons();
    if (current === undefined || !all.includes(current)) {
      current = all.find((button) => button.getAttribute("aria-current") === "true") ?? all[0];
    }
    for (const button of all) button.tabIndex = button === current ? 0 : -1;
  };
  list.addEventListener("keydown", (event) => {
    const all = buttons();
    const index = all.indexOf(document.activeElement as HTMLElement);
    const step = STEPS[event.key];
    if (step === undefined || index < 0) return;
    event.preventDefault();
    all[step(index, all.length)]!.focus();
  });
  list.addEventListener("focusin", ({ target }) => {
    const button = (target as Element).closest<HTMLElement>("button[data-choice]");
    if (button === null) return;
    current = button;
    refresh();
  });
  return refresh;
}
