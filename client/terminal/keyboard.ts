import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { PasteDecoder } from "./bracketed_paste.ts";

/** Receives the input of a {@link Keyboard}. */
export interface KeyListener {
  /** Keys for the line editor, in the terminal's encoding. */
  keys(text: string): void;
  /** Shift was held for `isBack`. */
  tab(isBack: boolean): void;
  paste(text: string): void;
  /** The input has ended. */
  end(): void;
}

/** A terminal's input, as far as it is needed. */
type TerminalInput = Readable & { setRawMode?: (isRaw: boolean) => unknown };

/**
 * Reads a terminal's input and splits it into keys, the Tab key and pastes.
 *
 * Everything happens at once and in order: a key that came before a paste has done its work when the
 * paste is reported.
 */
export class Keyboard {
  readonly #decoder = new StringDecoder("utf8");
  readonly #pastes = new PasteDecoder();
  #held: string | undefined;
  #grab: ((key: string) => void) | undefined;
  readonly #onData = (bytes: string | Uint8Array) =>
    this.#received(typeof bytes === "string" ? bytes : this.#decoder.write(bytes as never));
  readonly #onEnd = () => this.listener.end();

  constructor(private readonly input: TerminalInput, private readonly listener: KeyListener) {
    input.on("data", this.#onData);
    input.on("end", this.#onEnd);
  }

  /** Hands every key to somebody else than the line editor, until it is called with nothing. */
  grab(taker: ((key: string) => void) | undefined): void {
    this.#grab = taker;
  }

  /** Keeps everything until {@link release}: nobody asks for anything now. */
  hold(): void {
    this.#held ??= "";
  }

  /** Hands on what was kept. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && held !== "") this.#received(held);
  }

  /** Switches between single keys and the system's own line editing. */
  setRawMode(isRaw: boolean): void {
    this.input.setRawMode?.(isRaw);
  }

  /** Lets go of the input. */
  close(): void {
    this.input.removeListener("data", this.#onData);
    this.input.removeListener("end", this.#onEnd);
    this.input.pause();
  }

  #received(text: string): void {
    if (this.#held !== undefined) {
      this.#held += text;
      return;
    }
    for (const input of this.#pastes.push(text)) {
      if (input.type === "paste") this.listener.paste(input.text);
      else if (this.#grab === undefined) {
        if (input.type === "tab") this.listener.tab(input.isBack);
        else this.listener.keys(input.text);
      } else if (input.type === "keys") this.#handToTaker(input.text);
    }
  }

  /** Key by key, since the first may be the answer that ends it. */
  #handToTaker(keys: string): void {
    const [first = "", ...rest] = keys.startsWith("\x1b") ? [keys] : keys;
    this.#grab?.(first);
    const left = rest.join("");
    if (left === "") return;
    if (this.#grab === undefined) this.listener.keys(left);
    else this.#handToTaker(left);
  }
}
