/** Asks a terminal to say what is pasted and what is typed, and takes that back (DEC mode 2004). */
export const BRACKETED_PASTE = { on: "\x1b[?2004h", off: "\x1b[?2004l" } as const;

const START = "\x1b[200~";
const END = "\x1b[201~";

/** Characters of a paste that are kept; a hand slipped if there are more. */
const MAX_PASTED_CHARACTERS = 1_000_000;

/** What came from a keyboard. */
export type Input =
  | { readonly type: "keys"; readonly text: string }
  | { readonly type: "tab"; readonly isBack: boolean }
  | { readonly type: "paste"; readonly text: string };

/**
 * Tells what is pasted from what is typed, and the Tab key from both.
 *
 * 1. It may be cut anywhere, but a lone ESC outside of a paste is the key: it is handed on at once.
 * 2. A Tab within a paste is text.
 * 3. A paste that never ends grows no further than {@link MAX_PASTED_CHARACTERS}.
 */
export class PasteDecoder {
  #rest = "";
  #pasted: string | undefined;

  /** Takes text from the terminal and returns what it was, in order. */
  push(text: string): Input[] {
    const found: Input[] = [];
    let rest = this.#rest + text;
    this.#rest = "";
    while (rest !== "") {
      const marker = this.#pasted === undefined ? START : END;
      const at = rest.indexOf(marker);
      const least = this.#pasted === undefined ? 2 : 1;
      const end = at >= 0 ? at : rest.length - partLength(rest, marker, least);
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

/** How much of a marker the text ends with; 0 for fewer characters than the least. */
function partLength(text: string, marker: string, least: number): number {
  for (let length = marker.length - 1; length >= least; length--) {
    if (text.endsWith(marker.slice(0, length))) return length;
  }
  return 0;
}

function* typed(text: string): Iterable<Input> {
  // deno-lint-ignore no-control-regex -- what Shift+Tab sends is looked for
  for (const part of text.split(/(\t|\x1b\[Z)/)) {
    if (part === "\t") yield { type: "tab", isBack: false };
    else if (part === "\x1b[Z") yield { type: "tab", isBack: true };
    else if (part !== "") yield { type: "keys", text: part };
  }
}
