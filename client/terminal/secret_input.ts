import type { Departure } from "../outcome.ts";
import type { Typed } from "./typed.ts";

/** What is typed where it is not to be seen. */
export class SecretInput {
  #text = "";

  /** @param done told once, at the end. */
  constructor(private readonly done: (typed: Typed) => void) {}

  add(text: string): void {
    this.#text += text;
  }

  press(key: string): void {
    switch (key) {
      case "\r":
      case "\n":
        return this.done({ type: "line", text: this.#text });
      case "\x03":
        return this.leave("interrupt");
      case "\x04":
        return this.#text === "" ? this.leave("end of input") : undefined;
      case "\b":
      case "\x7f":
        this.#text = [...this.#text].slice(0, -1).join("");
        return;
      case "\x15": // Ctrl+U
        this.#text = "";
        return;
      default:
        if (key >= " ") this.#text += key;
    }
  }

  leave(by: Departure): void {
    this.done({ type: "leave", by });
  }
}
