import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { keysIn } from "./user_input.ts";

export interface KeyListener {
  /** Keys for the line editor, in the terminal's encoding. */
  keys(text: string): void;
  /** Shift was held for `isBack`. */
  tab(isBack: boolean): void;
  paste(text: string): void;
  end(): void;
}

/** The used part of a terminal's input. */
type TerminalInput = Readable & { setRawMode?: (isRaw: boolean) => unknown };

/**
 * Reads a terminal's input and splits it into keys, the Tab key and pastes.
 *
 * Listeners are called synchronously and in order: a key before a paste is handled before the paste.
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

  /** Passes every key to another receiver than the line editor; `undefined` ends this. */
  grab(receiver: ((key: string) => void) | undefined): void {
    this.#grab = receiver;
  }

  /** Stores all input until {@link release}. */
  hold(): void {
    this.#held ??= "";
  }

  /** Passes on the stored input. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && held !== "") this.#received(held);
  }

  /** Switches between single keys and the line editing of the system. */
  setRawMode(isRaw: boolean): void {
    this.input.setRawMode?.(isRaw);
  }

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
      } else if (input.type === "keys") this.#passToReceiver(input.text);
    }
  }

  /** Key by key, since the first may be the answer that ends the grab. */
  #passToReceiver(keys: string): void {
    const [first = "", ...rest] = keysIn(keys);
    this.#grab?.(first);
    const left = rest.join("");
    if (left === "") return;
    if (this.#grab === undefined) this.listener.keys(left);
    else this.#passToReceiver(left);
  }
}

/** Makes a terminal mark pastes, and ends that (DEC mode 2004). */
export const BRACKETED_PASTE = { on: "\x1b[?2004h", off: "\x1b[?2004l" } as const;

const START = "\x1b[200~";
const END = "\x1b[201~";

/** Maximum length of a paste; more is a mistake and is dropped. */
const MAX_PASTED_CHARACTERS = 1_000_000;

export type Input =
  | { readonly type: "keys"; readonly text: string }
  | { readonly type: "tab"; readonly isBack: boolean }
  | { readonly type: "paste"; readonly text: string };

/**
 * Separates pastes, typed text and the Tab key.
 *
 * 1. The input may be cut anywhere, but a lone ESC outside of a paste is the key, and not delayed.
 * 2. A Tab within a paste is text.
 * 3. A paste without an end is limited to {@link MAX_PASTED_CHARACTERS}.
 */
export class PasteDecoder {
  #rest = "";
  #pasted: string | undefined;

  push(text: string): Input[] {
    const found: Input[] = [];
    let rest = this.#rest + text;
    this.#rest = "";
    while (rest !== "") {
      const marker = this.#pasted === undefined ? START : END;
      const at = rest.indexOf(marker);
      const minimum = this.#pasted === undefined ? 2 : 1;
      const end = at >= 0 ? at : rest.length - partLength(rest, marker, minimum);
      const part = rest.slice(0, end);
      if (this.#pasted === undefined) found.push(...typed(part));
      else this.#pasted = (this.#pasted + part).slice(0, MAX_PASTED_CHARACTERS);
      if (at < 0) {
        this.#rest = rest.slice(end);
        break;
      }
      rest = rest.slice(at + marker.length);
      if (this.#pasted !== undefined) found.push({ type: "paste", text: this.#pasted });
      this.#pasted = this.#pasted === undefined ? "" : undefined;
    }
    return found;
  }
}

/** How many characters of a marker the text ends with; 0 if fewer than the minimum. */
function partLength(text: string, marker: string, minimum: number): number {
  for (let length = marker.length - 1; length >= minimum; length--) {
    if (text.endsWith(marker.slice(0, length))) return length;
  }
  return 0;
}

function* typed(text: string): Iterable<Input> {
  // deno-lint-ignore no-control-regex -- matches Shift+Tab
  for (const part of text.split(/(\t|\x1b\[Z)/)) {
    if (part === "\t") yield { type: "tab", isBack: false };
    else if (part === "\x1b[Z") yield { type: "tab", isBack: true };
    else if (part !== "") yield { type: "keys", text: part };
  }
}
