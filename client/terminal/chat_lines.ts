import {
  DayBreaks,
  historyTitle,
  type MessageFrame,
  type ServerFrame,
  textLines,
  Timestamps,
} from "../../protocol/mod.ts";
import type { Clock } from "../core/clock.ts";
import { mentionsOf } from "../core/mentions.ts";
import { nameColor } from "./palette.ts";

/** Length of the time before every line. */
const STAMP = "[00:00:00] ".length;

/** A grey, and a red, with contrast on light and dark (see `palette.ts`). */
const GREY = 243;
const RED = 160;

const YOU = "You";

/** Formats frames as lines for the terminal: {@link textLines} in colour, with a line for each new
 * date. */
export class ChatLines {
  readonly #stamps = new Timestamps();
  readonly #days: DayBreaks;

  constructor(private readonly clock: Clock, private readonly style: Style) {
    this.#days = new DayBreaks(clock.now());
  }

  /** @param self name of the user. */
  of(frame: ServerFrame, self: string): string {
    if (frame.type === "history" && frame.messages.length > 0) return this.#history(frame, self);
    const now = this.clock.now();
    const text = textLines(frame, this.#stamps, now, self);
    if (text === "") return "";
    return this.#days.before(now) + this.#painted(frame, text, self);
  }

  /** A notice of this client. */
  ofNotice(text: string): string {
    return this.of({ type: "notice", text }, "");
  }

  /** An error; its code is not shown. */
  ofError(text: string): string {
    return this.of({ type: "error", code: "invalid_frame", text }, "");
  }

  /** A sent message with a remark. */
  own(text: string, isAction: boolean, self: string, mark = ""): string {
    return this.ofLine(this.ownText(text, isAction, self), mark);
  }

  /** The same without the time and the remark. */
  ownText(text: string, isAction: boolean, self: string): string {
    const before = isAction ? `* ${self} ` : `${YOU}: `;
    return text.split("\n").map((line) => before + line).join("\n");
  }

  /** Any text, with the time before each of its lines. */
  ofLine(text: string, mark = ""): string {
    const now = this.clock.now();
    const end = mark === "" ? "" : ` ${this.style.dim(mark)}`;
    const lines = text.split("\n").map((line) => this.#stamps.at(now) + line + end + "\n");
    return this.#days.before(now) + lines.join("");
  }

  /** A remark on the chat itself, such as its connection. */
  ofEvent(text: string): string {
    return this.ofLine(this.style.color(text, GREY));
  }

  #history(frame: ServerFrame & { type: "history" }, self: string): string {
    const now = this.clock.now();
    const title = this.#days.before(now) + this.#stamps.at(now) + this.style.color(
      `[SYSTEM]: ${historyTitle(frame)}`,
      GREY,
    );
    const lines = frame.messages.map((message) =>
      this.#days.before(message.time, { mayGoBack: true }) +
      this.#painted(message, textLines(message, this.#stamps, now, self), self)
    );
    return title + "\n" + lines.join("");
  }

  #painted(frame: ServerFrame, text: string, self: string): string {
    const paint = this.#painter(frame, self);
    const first = /^.{11}\[SYSTEM\]: /.exec(text)?.[0];
    const isList = first !== undefined && ["notice", "rooms", "bans"].includes(frame.type);
    return text.split("\n").map((line, index) => {
      if (line === "") return "";
      // A list is easier to read without the time before each line.
      if (isList && index > 0 && line.startsWith(first)) return paint(line.slice(first.length));
      return line.slice(0, STAMP) + paint(line.slice(STAMP));
    }).join("\n");
  }

  /** Colours a line of the frame, without its time. */
  #painter(frame: ServerFrame, self: string): (line: string) => string {
    const { style } = this;
    switch (frame.type) {
      case "message":
        return (line) => this.#message(frame, line, self);
      case "whisper": {
        const other = frame.from === self ? frame.to : frame.from;
        return (line) => {
          const end = line.indexOf(other) + other.length + "]:".length;
          return style.bold(style.color(line.slice(0, end), nameColor(other))) + line.slice(end);
        };
      }
      case "error":
        return (line) => style.color(line, RED);
      default:
        return (line) => style.color(line, GREY);
    }
  }

  #message({ from, action }: MessageFrame, line: string, self: string): string {
    const { style } = this;
    const start = action === true ? "* ".length : 0;
    const end = start + from.length;
    const name = style.color(line.slice(start, end), nameColor(from));
    // Own messages in the history contain no mentions.
    const body = from === self ? line.slice(end) : this.#marked(line.slice(end), self);
    return line.slice(0, start) + name + body;
  }

  /** The text with the name of the user highlighted. */
  #marked(text: string, self: string): string {
    let marked = "";
    let done = 0;
    for (const [start, end] of mentionsOf(text, self)) {
      marked += text.slice(done, start) +
        this.style.bold(this.style.reverse(text.slice(start, end)));
      done = end;
    }
    return marked + text.slice(done);
  }
}

/** Styles of text on a terminal. */
export interface Style {
  /** One of the 256 colours. */
  color(text: string, color: number): string;
  bold(text: string): string;
  /** Swaps the colours of text and background. */
  reverse(text: string): string;
  dim(text: string): string;
}

const plain = (text: string) => text;

/** Without escape sequences. */
export const PLAIN: Style = { color: plain, bold: plain, reverse: plain, dim: plain };

const sgr = (on: string, off: number) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;

/** By "select graphic rendition" (ECMA-48, 8.3.117). */
export const COLORFUL: Style = {
  color: (text, color) => sgr(`38;5;${color}`, 39)(text),
  bold: sgr("1", 22),
  reverse: sgr("7", 27),
  dim: sgr("2", 22),
};
