import { byId } from "./dom.ts";

/** Passes files to the page: from the button, by drag and drop, and from the clipboard. */
export class FileInput {
  readonly #picker = byId("file-picker", HTMLInputElement);
  readonly #area = byId("chat", HTMLElement);
  readonly #sign = byId("drop-sign", HTMLElement);
  /** Depth of the nested elements under the dragged files. */
  #depth = 0;

  constructor(private readonly take: (files: readonly File[]) => void) {
    byId("attach", HTMLButtonElement).addEventListener("click", () => this.#picker.click());
    this.#picker.addEventListener("change", () => {
      take([...this.#picker.files ?? []]);
      this.#picker.value = ""; // the same file may be chosen again
    });
    this.#listenToDrags();
    byId("message", HTMLTextAreaElement).addEventListener("paste", (event) => {
      const { clipboardData } = event;
      // Text from an office program comes with a picture of itself: the text is meant.
      if (clipboardData === null || clipboardData.types.includes("text/plain")) return;
      if (clipboardData.files.length === 0) return;
      event.preventDefault();
      take([...clipboardData.files]);
    });
  }

  #listenToDrags(): void {
    this.#onDrag("dragenter", () => this.#show(this.#depth + 1));
    this.#onDrag("dragleave", () => this.#show(this.#depth - 1));
    this.#onDrag("dragover", () => {});
    this.#onDrag("drop", ({ files }) => {
      this.#show(0);
      this.take([...files]);
    });
  }

  #onDrag(
    type: "dragenter" | "dragleave" | "dragover" | "drop",
    act: (data: DataTransfer) => void,
  ): void {
    this.#area.addEventListener(type, (event) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      act(event.dataTransfer);
    });
  }

  #show(depth: number): void {
    this.#depth = Math.max(depth, 0);
    this.#sign.hidden = this.#depth === 0;
  }
}
