import type { Readable, Writable } from "node:stream";
import { BatchedOutput } from "../batched_output.ts";
import type { Clock } from "../core/clock.ts";
import { briefly } from "../leaving.ts";
import type { LeaveReason } from "../outcome.ts";
import { cleanLine } from "../../protocol/mod.ts";
import { BRACKETED_PASTE, Keyboard } from "./keyboard.ts";
import { LineEditor } from "./line_editor.ts";
import type { Line } from "./line_edits.ts";
import { cleanPaste, pasteOf, SecretInput, type UserInput } from "./user_input.ts";
import { ScreenOutput } from "./screen_output.ts";

/** Milliseconds that received lines wait to be drawn together: one frame at 60 Hz. */
const BATCH_MILLISECONDS = 16;

/** Milliseconds after Ctrl+Z until a program that still runs counts as not stopped. */
const RESUME_MILLISECONDS = 100;

const BELL = "\x07";

/** Lets a shell stop and continue the program. */
export interface JobControl {
  /** The reason why the program cannot be stopped, as a sentence; `undefined` if it can. */
  readonly refusal?: string | undefined;
  /** Stops the program. The system does nothing without a shell that could continue it. */
  stop(): void;
  /** Calls the listener whenever the program continues. @returns a function that ends this */
  onContinue(listener: () => void): () => void;
}

/** Completes a line after Tab, or Shift+Tab for `isBack`. */
export type TabListener = (line: Line, isBack: boolean) => Line | undefined;

/**
 * A terminal with output above the line that is being typed.
 *
 * 1. Printed lines appear above the prompt; the typed text is drawn again below, also over several
 *    rows.
 * 2. An entered line disappears, since the chat prints it as a message; the answer to a question
 *    stays.
 * 3. No typed line is lost: lines wait until they are read.
 * 4. Lines can stay between the printed ones and the prompt, one row each, and a bar below them.
 * 5. A paste of several lines opens a question before anything else.
 * 6. Ctrl+Z gives the terminal to the shell, or prints the reason why it cannot.
 */
export class Terminal {
  /** Without one Tab does nothing. */
  onTab: TabListener | undefined;
  /** The line that Alt+1 to Alt+9 enter, in its turn among the typed ones. Without one they do nothing. */
  turnLine: ((number: number) => string) | undefined;
  readonly #keyboard: Keyboard;
  readonly #screen: ScreenOutput;
  readonly #editor: LineEditor;
  readonly #stopListening: (() => void) | undefined;
  readonly #batches: BatchedOutput;
  readonly #left = Promise.withResolvers<LeaveReason>();
  /** Resolves when the user leaves immediately, before the typed lines are read. */
  readonly left: Promise<LeaveReason> = this.#left.promise;
  readonly #inputs: UserInput[] = [];
  #reader: ((typed: UserInput) => void) | undefined;
  #isAsking = false;
  /** The lines that stay above the prompt, and their last drawing. */
  #standing: readonly string[] = [];
  /** Makes the row below them, in several lengths. */
  #bar: () => readonly string[] = () => [];
  #drawn: readonly string[] = [];
  #cancelRedraw: (() => void) | undefined;
  #mayRing = false;
  #prompt = "";
  /** The line that a question has interrupted, and the pastes that wait for it. */
  #interrupted: Line | undefined;
  readonly #pastes: string[] = [];
  #secret: SecretInput | undefined;
  #isClosed = false;
  /** Whether the shell has the terminal. */
  #isSuspended = false;
  readonly #onResize = () => {
    this.#editor.resized();
    if (this.#drawn.length > 0) this.#redrawSoon();
  };

  /**
   * @param input of a terminal; it is set to raw mode if possible.
   * @param output of a terminal. A `columns` property is its width.
   * @param jobs executes Ctrl+Z. Default: the key does nothing.
   */
  constructor(
    input: Readable,
    private readonly output: Writable,
    private readonly clock: Clock,
    private readonly jobs?: JobControl,
  ) {
    this.#keyboard = new Keyboard(input, {
      keys: (text) => this.#editor.type(text),
      tab: (isBack) => this.#complete(isBack),
      paste: (text) => this.#pasted(text),
      end: () => this.leave("end of input"),
    });
    this.#screen = new ScreenOutput(output);
    output.on("resize", this.#onResize);
    this.#editor = new LineEditor(this.#screen, clock, {
      entered: (text, rows) => this.#entered(text, rows),
      pressed: (key) => this.#pressed(key),
      turned: (number) => {
        const text = this.turnLine?.(number);
        if (text !== undefined) this.#give({ type: "line", text });
      },
      full: () => this.#screen.write(BELL),
    }, (isRaw) => this.#keyboard.setRawMode(isRaw));
    this.#screen.write(BRACKETED_PASTE.on);
    this.#batches = new BatchedOutput(
      output,
      clock,
      BATCH_MILLISECONDS,
      (text) => this.#draw(text),
    );
    this.#stopListening = jobs?.onContinue(() => this.#resume());
    void this.#batches.broken.then(() => this.leave("output closed"));
  }

  /** Shows the prompt for messages. */
  prompt(prompt: string): void {
    this.#isAsking = false;
    if (this.#interrupted === undefined) this.#showPrompt(prompt);
    else this.#prompt = prompt; // it follows the question about a paste
  }

  /** Asks a question. The answer stays on the screen, but not in the history. */
  async ask(question: string): Promise<UserInput> {
    this.#isAsking = true;
    this.#showPrompt(question);
    const typed = await this.read();
    this.#editor.forgetHistory();
    return typed;
  }

  /** Asks for a secret, which is neither shown nor added to the history. */
  askSecretly(question: string): Promise<UserInput> {
    this.#isAsking = true;
    return new Promise((resolve) => {
      const secret = new SecretInput((typed) => {
        this.#keyboard.grab(undefined);
        this.#secret = undefined;
        this.#screen.write("\n");
        this.#editor.startHere();
        // Input before the next question may belong to it, and be secret as well.
        this.#keyboard.hold();
        resolve(typed);
      });
      this.#secret = secret;
      this.#showPrompt(question);
      this.#keyboard.grab((key) => secret.press(key));
      this.#keyboard.release();
    });
  }

  read(): Promise<UserInput> {
    const typed = this.#inputs.shift();
    if (typed !== undefined) return Promise.resolve(typed);
    return new Promise((resolve) => this.#reader = resolve);
  }

  /** Leaves on behalf of the user, after all typed lines. */
  leave(by: LeaveReason): void {
    if (by !== "end of input") this.#left.resolve(by);
    if (this.#secret !== undefined) return this.#secret.leave(by);
    this.#give({ type: "leave", by });
  }

  /** Prints complete lines above the prompt, with the next batch. */
  print(text: string): void {
    this.#batches.add(text);
  }

  /** Prints complete lines above the prompt at once, as the reaction to a key. */
  printNow(text: string): void {
    this.#batches.add(text);
    this.#batches.flush();
  }

  /** Rings the bell with the next printed lines. */
  ring(): void {
    this.#mayRing = true;
  }

  /** Replaces the lines that stay above the prompt; each is cut to one row. */
  keep(lines: readonly string[]): void {
    this.#standing = lines;
    this.#redrawSoon();
  }

  /** Replaces the row above the prompt by the first of these that fits; an empty list removes it. */
  bar(rows: () => readonly string[]): void {
    this.#bar = rows;
    this.#redrawSoon();
  }

  #redrawSoon(): void {
    this.#cancelRedraw ??= this.clock.after(BATCH_MILLISECONDS, () => {
      this.#cancelRedraw = undefined;
      // While the terminal accepts no output, the next printed line includes them.
      if (!this.#isClosed && !this.#screen.isFull) this.#draw("");
    });
  }

  clear(): void {
    this.#batches.flush();
    this.#screen.together(() => {
      this.#toTopOfInput();
      this.#drawn = [];
      this.#screen.write("\x1b[H\x1b[2J");
      this.#draw("");
    });
  }

  /** Waits while the terminal accepts no output, as after Ctrl+S. */
  ready(): Promise<void> {
    return this.#batches.ready();
  }

  /** Removes the prompt, prints the waiting lines, and releases the terminal. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelRedraw?.();
    this.#toTopOfInput();
    this.#editor.close();
    this.#keyboard.close();
    this.#stopListening?.();
    this.output.removeListener("resize", this.#onResize);
    this.#screen.write(BRACKETED_PASTE.off);
    await briefly(this.#batches.finish(), this.clock);
  }

  #showPrompt(prompt: string): void {
    this.#batches.flush();
    this.#prompt = prompt;
    this.#editor.setPrompt(prompt);
    this.#editor.draw();
    if (this.#secret === undefined) this.#keyboard.release();
  }

  #draw(text: string): boolean {
    this.#screen.together(() => {
      if (this.#isClosed) this.#screen.write(text);
      else this.#drawAbovePrompt(text);
    });
    return !this.#screen.isFull;
  }

  #drawAbovePrompt(text: string): void {
    if (this.#isSuspended) this.#resume();
    this.#toTopOfInput();
    this.#drawn = this.#standing.map((line) => this.#fitted(line));
    const rows = this.#bar();
    const bar = rows.find((row) => this.#fits(row)) ?? rows.at(-1);
    if (bar !== undefined) this.#drawn = [...this.#drawn, this.#fitted(bar)];
    const bell = this.#mayRing && text !== "" ? BELL : "";
    if (bell !== "") this.#mayRing = false;
    this.#screen.write(bell + text + this.#drawn.map((line) => line + "\n").join(""));
    this.#editor.drawHere();
  }

  #toTopOfInput(): void {
    this.#screen.readSize();
    const above = this.#drawn.reduce(
      (rows, line) => rows + 1 + this.#editor.positionOf(line).rows,
      0,
    );
    this.#screen.eraseFrom(this.#editor.cursorRow + above);
  }

  /** A line cut to one row, with an ellipsis. */
  #fitted(line: string): string {
    if (this.#fits(line)) return line;
    const characters = [...line.slice(0, 4 * this.#columns)];
    while (!this.#fits(characters.join("") + "…")) characters.pop();
    return characters.join("") + "…";
  }

  #fits(line: string): boolean {
    return this.#editor.positionOf(line).rows === 0;
  }

  get #columns(): number {
    return this.#screen.columns ?? 80;
  }

  #complete(isBack: boolean): void {
    const completed = this.onTab?.(this.#editor.line, isBack);
    if (completed !== undefined) this.#editor.line = completed;
  }

  #pasted(text: string): void {
    if (this.#secret !== undefined) return this.#secret.add(cleanPaste(text).trimEnd());
    if (this.#interrupted !== undefined) return void this.#pastes.push(text);
    const { line } = this.#editor;
    const paste = this.#isAsking
      ? undefined
      : pasteOf(text, line.text.slice(0, line.cursor), line.text.slice(line.cursor));
    if (paste === undefined) return this.#editor.insert(cleanLine(cleanPaste(text).trimEnd()));
    this.#interrupted = line;
    this.#editor.setPrompt(paste.question);
    this.#editor.line = { text: "", cursor: 0 };
    this.#keyboard.grab((key) => {
      const answer = paste.answers.get(key.toLowerCase());
      if (answer === undefined) return;
      this.#keyboard.grab(undefined);
      this.#resumeLine(answer === "no" ? this.#interrupted! : { text: "", cursor: 0 });
      if (answer !== "no") this.#give({ type: "paste", text: paste.text, as: answer });
      const next = this.#pastes.shift();
      if (next !== undefined) this.#pasted(next);
    });
  }

  /** Continues with the line after a question. */
  #resumeLine(line: Line): void {
    this.#interrupted = undefined;
    this.#editor.setPrompt(this.#prompt);
    this.#editor.line = line;
  }

  #entered(text: string, rows: number): void {
    if (!this.#isAsking) {
      this.#screen.eraseFrom(rows + 1);
      this.#editor.drawHere();
    }
    this.#give({ type: "line", text });
  }

  #pressed(key: "interrupt" | "end" | "clear" | "suspend"): void {
    if (key === "interrupt") this.leave("interrupt");
    else if (key === "end") this.leave("end of input");
    else if (key === "clear") this.clear();
    else this.#suspend();
  }

  #suspend(): void {
    if (this.jobs === undefined) return;
    if (this.jobs.refusal !== undefined) return this.printNow(`*** ${this.jobs.refusal} ***\n`);
    this.#toTopOfInput();
    this.#drawn = [];
    this.#screen.write(BRACKETED_PASTE.off);
    this.#keyboard.setRawMode(false);
    this.#isSuspended = true;
    this.jobs.stop();
    // Without a shell that could continue it, the system has not stopped the program.
    this.clock.after(RESUME_MILLISECONDS, () => this.#isSuspended && this.#resume());
  }

  /** Uses the terminal again after the shell. */
  #resume(): void {
    if (this.#isClosed) return;
    this.#isSuspended = false;
    // The runtime caches the mode, and the shell may have changed it.
    this.#keyboard.setRawMode(false);
    this.#keyboard.setRawMode(true);
    this.#screen.write(BRACKETED_PASTE.on);
    this.#screen.eraseFrom(0);
    this.#drawn = [];
    this.#editor.drawHere();
    this.#redrawSoon();
  }

  #give(typed: UserInput): void {
    if (this.#reader === undefined) {
      this.#inputs.push(typed);
      return;
    }
    const reader = this.#reader;
    this.#reader = undefined;
    reader(typed);
  }
}
