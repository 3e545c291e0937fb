import {
  DayBreaks,
  historyTitle,
  type MessageFrame,
  type PastFrame,
  type ServerFrame,
  textLines,
  Timestamps,
} from "../../protocol/mod.ts";
import type { Clock } from "../core/clock.ts";
import { mentionsOf } from "../core/mentions.ts";
import { marked } from "../room_log.ts";
import { nameColor } from "./palette.ts";

/** Length of the time before every line. */
const STAMP = "[00:00:00] ".length;

/** A grey, and a red, with contrast on light and dark (see `palette.ts`). */
export const GREY = 243;
const RED = 160;

const SYSTEM = "[SYSTEM]: ";

const YOU = "You";

/** Formats frames as lines for the terminal: {@link textLines} in colour, with a line for each new
 * date. */
export class ChatLines {
  readonly #stamps = new Timestamps();
  readonly #days: DayBreaks;

  constructor(private readonly clock: Clock, private readonly style: Style) {
    this.#days = new DayBreaks(clock.now());
  }

  /**
   * @param self name of the user.
   * @param mark the mark of a room before each line, see {@link RoomLog}.
   */
  of(frame: ServerFrame, self: string, mark = ""): string {
    if ((frame.type === "history" || frame.type === "search") && frame.messages.length > 0) {
      return this.#history(frame, self, mark);
    }
    const now = this.clock.now();
    const text = textLines(frame, marked(this.#stamps, mark), now, self);
    if (text === "") return "";
    return this.#days.beforeFrame(frame, now) + this.#painted(frame, text, self, mark);
  }

  /** A notice of this client. */
  ofNotice(text: string): string {
    return this.of({ type: "notice", text }, "");
  }

  /** An error; its code is not shown. */
  ofError(text: string): string {
    return this.of({ type: "error", code: "invalid_frame", text }, "");
  }

  /** A sent message. */
  own(text: string, isAction: boolean, self: string, mark = ""): string {
    return this.ofLine(this.ownText(text, isAction, self), mark);
  }

  /** The same without the time and the remark. */
  ownText(text: string, isAction: boolean, self: string): string {
    const before = isAction ? `* ${self} ` : `${YOU}: `;
    return text.split("\n").map((line) => before + line).join("\n");
  }

  /** Any text, with the time before each of its lines, and a remark behind it. */
  ofLine(text: string, mark = "", remark = ""): string {
    const now = this.clock.now();
    const start = this.#stamps.at(now) + this.#paintedMark(mark);
    const end = remark === "" ? "" : ` ${this.style.dim(remark)}`;
    const lines = text.split("\n").map((line) => start + line + end + "\n");
    return this.#days.before(now) + lines.join("");
  }

  /** A remark on the chat itself, such as its connection. */
  ofEvent(text: string): string {
    return this.ofLine(this.style.color(text, GREY));
  }

  #history(frame: PastFrame, self: string, mark: string): string {
    const now = this.clock.now();
    const title = this.#stamps.at(now) + this.#paintedMark(mark) +
      this.style.color(`[SYSTEM]: ${historyTitle(frame)}`, GREY);
    const stamps = marked(this.#stamps, mark);
    const before = this.#days.before(now);
    const lines = frame.messages.map((message) =>
      this.#days.before(message.time, { mayGoBack: true }) +
      this.#painted(message, textLines(message, stamps, now, self), self, mark)
    );
    return before + title + "\n" + lines.join("");
  }

  #painted(frame: ServerFrame, text: string, self: string, mark: string): string {
    const paint = this.#painter(frame, self);
    const start = STAMP + mark.length;
    const isList = ["notice", "rooms", "bans"].includes(frame.type) &&
      text.startsWith(SYSTEM, start);
    return text.split("\n").map((line, index) => {
      if (line === "") return "";
      // A list is easier to read without the time before each line.
      if (isList && index > 0) return paint(line.slice(start + SYSTEM.length));
      return line.slice(0, STAMP) + this.#paintedMark(mark) + paint(line.slice(start));
    }).join("\n");
  }

  #paintedMark(mark: string): string {
    return mark === "" ? "" : this.style.bold(mark.trimEnd()) + " ";
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
