import { make } from "./dom.ts";

/** A text in a field, with a button that copies it. */
export function copyField(label: string, text: string): HTMLElement {
  const field = make("input", { readonly: "", value: text, "aria-label": label });
  const button = make("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    const isCopied = await copy(field);
    button.textContent = isCopied ? "Copied" : "Press Ctrl+C";
  });
  field.addEventListener("focus", () => field.select());
  return make("p", { class: "copy" }, field, button);
}

/** Copies the text of a field, and leaves it selected. The clipboard itself is for secure contexts only. */
async function copy(field: HTMLInputElement): Promise<boolean> {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
