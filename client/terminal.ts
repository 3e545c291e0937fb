import {
  clearScreenDown,
  createInterface,
  cursorTo,
  type Interface,
  moveCursor,
} from "node:readline";
import type { Readable, Writable } from "node:stream";
import { BatchedOutput } from "./batched_output.ts";
import type { Clock } from "./clock.ts";
import type { Departure } from "./outcome.ts";

/** Milliseconds that incoming lines wait to be drawn together: one frame at 60 Hz. */
const BATCH_MILLISECONDS = 16;

/** What a person did at the prompt. */
export type Typed =
  | { readonly type: "line"; readonly text: string }
  /** Ctrl+C, Ctrl+D on an empty line, or whatever {@link Terminal.leave} was told. */
  | { readonly type: "leave"; readonly by: Departure };

/** The fields of node's line editor that are needed here and not in its types. */
interface LineEditor extends Interface {
  /** Rows between the top of the input and the cursor, as drawn last. */
  prevRows: number;
  history: string[];
}

/**
 * A terminal in which lines can appear above the line that is being typed.
 *
 * 1. What is printed goes above the prompt; what was typed so far is drawn again below it, also
 *    when it takes several rows.
 * 2. A line that was entered disappears, since the chat shows it as what was said; unless it
 *    answers a question.
 * 3. Nothing typed is lost: lines wait until they are read.
 */
export class Terminal {
  readonly #editor: LineEditor;
  readonly #batches: BatchedOutput;
  readonly #typed: Typed[] = [];
  #reader: ((typed: Typed) => void) | undefined;
  /** Rows that the line took that is being entered, less one. */
  #enteredRows = 0;
  #isAsking = false;
  #isClosed = false;
  readonly #onKey = (_text: string, key?: { name?: string }) => {
    if (key?.name === "return" || key?.name === "enter") this.#measure();
  };

  /**
   * @param input of a terminal; it is put into raw mode where it can be.
   * @param output of a terminal. A `columns` property is its width.
   */
  constructor(private readonly input: Readable, private readonly output: Writable, clock: Clock) {
    // Before the editor's own listener: afterwards the line is gone and its height with it.
    input.on("keypress", this.#onKey);
    this.#editor = createInterface({ input, output, terminal: true, prompt: "" }) as LineEditor;
    this.#batches = new BatchedOutput(
      output,
      clock,
      BATCH_MILLISECONDS,
      (text) => this.#draw(text),
    );
    this.#editor.on("line", (text) => this.#entered(text));
    this.#editor.on("SIGINT", () => this.leave("interrupt"));
    // Back from Ctrl+Z; only a prompt makes the editor read again.
    this.#editor.on("SIGCONT", () => this.#editor.prompt(true));
    this.#editor.on("close", () => this.leave("end of input"));
    void this.#batches.broken.then(() => this.leave("output closed"));
  }

  /** Shows the prompt for what is said. */
  prompt(prompt: string): void {
    this.#isAsking = false;
    this.#showPrompt(prompt);
  }

  /** Asks a question; the answer stays on the screen, and out of what the arrow keys bring back. */
  async ask(question: string): Promise<Typed> {
    this.#isAsking = true;
    this.#showPrompt(question);
    const typed = await this.read();
    this.#editor.history.length = 0;
    return typed;
  }

  /** The next thing that the person does. */
  read(): Promise<Typed> {
    const typed = this.#typed.shift();
    if (typed !== undefined) return Promise.resolve(typed);
    return new Promise((resolve) => this.#reader = resolve);
  }

  /** Leaves for the person, after what was typed before. */
  leave(by: Departure): void {
    this.#give({ type: "leave", by });
  }

  /** Prints whole lines above the prompt, soon. */
  print(text: string): void {
    this.#batches.add(text);
  }

  /** Prints whole lines above the prompt, now: what the person did is to show at once. */
  printNow(text: string): void {
    this.#batches.add(text);
    this.#batches.flush();
  }

  /** Waits while the terminal does not take any more, as after Ctrl+S. */
  ready(): Promise<void> {
    return this.#batches.ready();
  }

  /** Takes the prompt away, prints what is left to print, and gives the terminal back. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#toTopOfInput();
    this.#editor.close();
    this.input.removeListener("keypress", this.#onKey);
    await this.#batches.finish();
  }

  #showPrompt(prompt: string): void {
    this.#batches.flush();
    this.#editor.setPrompt(prompt);
    this.#editor.prompt(true);
  }

  #draw(text: string): boolean {
    if (this.#isClosed) return this.output.write(text);
    this.#toTopOfInput();
    this.output.write(text);
    // The editor would go up as many rows as the input had, into what was just printed.
    this.#editor.prevRows = 0;
    this.#editor.prompt(true);
    return !this.output.writableNeedDrain;
  }

  #toTopOfInput(): void {
    const { rows } = this.#editor.getCursorPos();
    cursorTo(this.output, 0);
    if (rows > 0) moveCursor(this.output, 0, -rows);
    clearScreenDown(this.output);
  }

  #measure(): void {
    // With the cursor at the end, its row is the last of the line.
    this.#editor.write("", { ctrl: true, name: "e" });
    this.#enteredRows = this.#editor.getCursorPos().rows;
  }

  #entered(text: string): void {
    if (!this.#isAsking) {
      cursorTo(this.output, 0);
      moveCursor(this.output, 0, -this.#enteredRows - 1);
      clearScreenDown(this.output);
      this.#editor.prompt();
    }
    this.#give({ type: "line", text });
  }

  #give(typed: Typed): void {
    if (this.#reader === undefined) {
      this.#typed.push(typed);
      return;
    }
    const reader = this.#reader;
    this.#reader = undefined;
    reader(typed);
  }
}
