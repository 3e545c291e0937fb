import { EventEmitter } from "node:events";
import { emitKeypressEvents, type Key } from "node:readline";
import type { Readable } from "node:stream";
import { mayHoldPassword } from "../../protocol/mod.ts";
import type { Clock } from "../core/clock.ts";
import { openReadline, type Position, type Readline } from "./readline.ts";
import { addEntered, HistorySearch, HistoryWalk, Undo, WALKS } from "./line_history.ts";
import { EDITS, insertAt, isText, keyName, KILLS, type Line } from "./line_edits.ts";
import type { ScreenOutput } from "./screen_output.ts";

/** Milliseconds between two drawings of the typed text: one frame at 60 Hz. */
const FRAME_MILLISECONDS = 16;

/** Maximum length of a line in UTF-16 units, many times that of a message; more is discarded. */
export const MAX_TYPED_CHARACTERS = 65_536;

/** Receives the entered lines, and the keys that a {@link LineEditor} does not handle itself. */
export interface LineEditorListener {
  /** A line was entered. `rows` is its number of rows on the screen beyond the first. */
  entered(text: string, rows: number): void;
  /** Ctrl+C, Ctrl+D in an empty line, Ctrl+L, or Ctrl+Z. */
  pressed(key: "interrupt" | "end" | "clear" | "suspend"): void;
  /** Alt+1 to Alt+9. */
  turned(number: number): void;
  /** Typed text was discarded: the line is full. */
  full(): void;
}

/**
 * The line that is typed on a terminal, with its prompt.
 *
 * 1. Typed text is drawn once per frame at most: node's editor measures the whole line for each
 *    character.
 * 2. Any other key first adds the pending text, so that the order stays.
 * 3. The keys are those of a shell: to node's it adds undo, the search in the history, the swapping
 *    and capitalising of words, and a line break.
 */
export class LineEditor {
  readonly #editor: Readline;
  readonly #keys = new EventEmitter();
  readonly #undo = new Undo();
  /** The lines that were entered, the newest first. */
  readonly #history: string[] = [];
  readonly #walk = new HistoryWalk(this.#history);
  #prompt = "";
  /** Typed text that is not in the line yet. */
  #typed = "";
  #cancelFrame: (() => void) | undefined;
  #search: HistorySearch | undefined;
  #enteredRows = 0;

  /** @param setRawMode sets the mode of the terminal. */
  constructor(
    private readonly screen: ScreenOutput,
    private readonly clock: Clock,
    private readonly listener: LineEditorListener,
    setRawMode: (isRaw: boolean) => void,
  ) {
    this.#editor = openReadline(screen, setRawMode);
    this.#editor.on("line", (text) => this.#entered(text));
    // Node listens to "data" of its input and uses nothing else of a stream.
    emitKeypressEvents(this.#keys as unknown as Readable);
    this.#keys.on("keypress", (text: string | undefined, key: Key) => this.#press(text, key));
  }

  type(text: string): void {
    this.screen.together(() => this.#keys.emit("data", text));
  }

  /** The line. Reading it ends a search in the history with the found line. */
  get line(): Line {
    this.#addTyped();
    if (this.#search !== undefined) this.#endSearch(this.#search.line);
    return { text: this.#editor.line, cursor: this.#editor.cursor };
  }

  set line(line: Line) {
    const before = this.line;
    if (line.text.length > MAX_TYPED_CHARACTERS) {
      this.listener.full();
      return;
    }
    if (before.text !== line.text) this.#undo.changed(before, false);
    this.#show(line);
  }

  insert(text: string): void {
    const line = this.line;
    if (text.length > this.#room) this.listener.full();
    this.line = insertAt(line, text.slice(0, this.#room));
  }

  /** Changes the prompt; it is drawn with the next {@link draw}. */
  setPrompt(prompt: string): void {
    this.#prompt = prompt;
    if (this.#search === undefined) this.#editor.setPrompt(prompt);
  }

  /** Draws the prompt and the line over their last drawing. */
  draw(): void {
    this.screen.together(() => this.#editor.prompt(true));
  }

  /** Makes the row of the cursor the first one of the prompt. */
  startHere(): void {
    this.#editor.prevRows = 0;
  }

  /** Draws the prompt and the line where the cursor is. */
  drawHere(): void {
    this.startHere();
    this.draw();
  }

  /** The row of the cursor, counted from the first of the prompt. */
  get cursorRow(): number {
    this.#addTyped();
    return this.#editor.getCursorPos().rows;
  }

  /** Where the cursor is behind a text that starts in the first column. */
  positionOf(text: string): Position {
    return this.#editor._getDisplayPos(text);
  }

  /** Draws the line after a change of the terminal's size, which wraps the rows anew. */
  resized(): void {
    this.#editor.prevRows = this.cursorRow;
    this.draw();
  }

  forgetHistory(): void {
    this.#history.length = 0;
  }

  close(): void {
    this.#cancelFrame?.();
    this.#editor.close();
  }

  #press(given: string | undefined, key: Key): void {
    // Node's editor reads them as line ends.
    const text = given?.replace(/[\u2028\u2029]/, " ");
    if (text !== undefined && isText(text)) {
      if (this.#search === undefined) this.#addSoon(text);
      else this.#searchOn((search) => search.type(text));
      return;
    }
    this.#addTyped();
    const name = keyName(key);
    if (this.#search !== undefined && this.#pressInSearch(name)) return;
    this.#pressKey(name, text, key);
  }

  #pressKey(name: string, text: string | undefined, key: Key): void {
    const edit = EDITS.get(name);
    if (edit !== undefined) {
      this.line = edit(this.line);
      return;
    }
    switch (name) {
      case "ctrl+c":
        return this.listener.pressed("interrupt");
      case "ctrl+l":
        return this.listener.pressed("clear");
      case "ctrl+z":
        return this.listener.pressed("suspend");
      case "ctrl+d":
        if (this.#editor.line === "") return this.listener.pressed("end");
        break;
      case "ctrl+r":
        this.#search = new HistorySearch(this.#history, this.line);
        return this.#searchOn(() => {});
      case "ctrl+s": // it only works in a search
        return;
      case "\x1f": { // Ctrl+_
        const line = this.#undo.back();
        if (line !== undefined) this.#show(line);
        return;
      }
      case "alt+y": // node's editor does not clear the old text
        return this.#change(() => this.#editor.write("", key));
    }
    if (/^alt\+[1-9]$/.test(name)) return this.listener.turned(Number(name.at(-1)));
    const killedTo = KILLS.get(name)?.(this.line);
    if (killedTo !== undefined) return this.#kill(killedTo);
    const walk = WALKS.get(name);
    if (walk !== undefined) {
      const line = this.line;
      this.line = walk(this.#walk, line) ?? line;
      return;
    }
    // A control character without a key would become a part of the line.
    if (text === undefined || key.name !== undefined) this.#write(text, key);
  }

  /** Passes a key to node's editor. */
  #write(text: string | undefined, key: Key): void {
    const before = { text: this.#editor.line, cursor: this.#editor.cursor };
    const isEnter = key.name === "return" || key.name === "enter";
    if (isEnter) {
      this.screen.readSize();
      this.#enteredRows = this.positionOf(this.#prompt + before.text).rows;
    }
    this.#editor.write(text as string, key);
    if (isEnter) return;
    this.#noteRow();
    if (this.#editor.line.length > MAX_TYPED_CHARACTERS) {
      this.listener.full();
      this.#show(before);
    } else if (this.#editor.line === before.text) this.#undo.pause();
    else this.#undo.changed(before, false);
  }

  /** Changes the line by node's editor, and draws it. */
  #change(action: () => void): void {
    const { prevRows } = this.#editor;
    const before = { text: this.#editor.line, cursor: this.#editor.cursor };
    this.screen.withoutDrawing(action);
    this.#undo.changed(before, false);
    this.#editor.prevRows = prevRows;
    this.draw();
  }

  /** Deletes the text between the cursor and a position; Ctrl+Y inserts it. */
  #kill(to: number): void {
    const { text, cursor } = this.line;
    const [start, end] = to < cursor ? [to, cursor] : [cursor, to];
    const { prevRows } = this.#editor;
    if (start === end) return;
    // Only node's editor can store text for its Ctrl+Y.
    Object.assign(this.#editor, { line: text.slice(start, end), cursor: end - start });
    this.screen.withoutDrawing(() => this.#editor.write("", { ctrl: true, name: "u" }));
    Object.assign(this.#editor, { line: text, cursor, prevRows });
    this.line = { text: text.slice(0, start) + text.slice(end), cursor: start };
  }

  #entered(text: string): void {
    this.#undo.clear();
    if (!mayHoldPassword(text)) addEntered(this.#history, text);
    this.listener.entered(text, this.#enteredRows);
  }

  get #room(): number {
    return Math.max(0, MAX_TYPED_CHARACTERS - this.#editor.line.length - this.#typed.length);
  }

  /** Adds typed text: at once, or with the next frame if the last one was less than a frame ago. */
  #addSoon(text: string): void {
    if (text.length > this.#room) return this.listener.full();
    this.#typed += text;
    if (this.#cancelFrame !== undefined) return;
    this.#addTyped();
    this.#cancelFrame = this.clock.after(FRAME_MILLISECONDS, () => {
      this.#cancelFrame = undefined;
      this.screen.together(() => this.#addTyped());
    });
  }

  #addTyped(): void {
    if (this.#typed === "") return;
    const typed = this.#typed;
    this.#typed = "";
    this.#undo.changed({ text: this.#editor.line, cursor: this.#editor.cursor }, true);
    this.#editor.write(typed);
    this.#noteRow();
  }

  /** Node's editor does not notice when more than a character at once goes over the end of a row. */
  #noteRow(): void {
    this.#editor.prevRows = this.#editor.getCursorPos().rows;
  }

  #show(line: Line): void {
    this.#editor.line = line.text;
    this.#editor.cursor = line.cursor;
    this.draw();
  }

  #searchOn(step: (search: HistorySearch) => void): void {
    const search = this.#search!;
    step(search);
    this.#editor.setPrompt(search.prompt);
    this.#show(search.line);
  }

  #endSearch(line: Line): void {
    const { start } = this.#search!;
    this.#search = undefined;
    if (line.text !== start.text) this.#undo.changed(start, false);
    this.#editor.setPrompt(this.#prompt);
    this.#show(line);
  }

  /** @returns whether the key belonged to the search; any other one ends it first. */
  #pressInSearch(name: string): boolean {
    const search = this.#search!;
    switch (name) {
      case "ctrl+r":
        this.#searchOn(() => search.older());
        return true;
      case "ctrl+s":
        this.#searchOn(() => search.newer());
        return true;
      case "backspace":
      case "ctrl+h":
        this.#searchOn(() => search.erase());
        return true;
      case "ctrl+g":
      case "ctrl+c":
        this.#endSearch(search.start);
        return true;
      default:
        this.#endSearch(search.line);
        return name === "escape";
    }
  }
}
