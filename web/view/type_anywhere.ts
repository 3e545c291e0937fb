/** Elements that receive keys themselves. */
const EDITABLE = "input, textarea, select, [contenteditable]";

/**
 * Directs text typed anywhere on the page to a field. The field gets the focus before the browser
 * inserts the character.
 *
 * @param isWanted whether the field may take the focus now.
 */
export function typeAnywhere(field: HTMLElement, isWanted: () => boolean): void {
  document.addEventListener("keydown", (event) => {
    const { target } = event;
    const isTaken = event.defaultPrevented ||
      (target instanceof Element && target.closest(EDITABLE) !== null);
    if (!isTaken && isText(event) && isWanted()) field.focus();
  });
}

/** Whether a key enters or pastes text. The space bar is left out: it presses a button, or scrolls. */
function isText({ key, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey) return key.toLowerCase() === "v" && !altKey;
  // With Alt, some keyboards enter other letters, and some browsers open menus.
  return !altKey && (key === "Dead" || (key !== " " && [...key].length === 1));
}
