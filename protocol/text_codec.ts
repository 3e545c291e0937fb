/**
 * Text lines: the frames as a person with `nc` reads and types them.
 *
 * The lines are exact (`docs/PROTOCOL.md`, "Text lines"): scripts match them.
 *
 * @module
 */

import { type ByteString, fromByteString, toByteString } from "./byte_string.ts";
import { type ParsedInput, parseInput, refused } from "./commands.ts";
import type { MessageFrame, ServerFrame } from "./frames.ts";
import { cleanText } from "./text.ts";

/** Asked for a name; the answer is typed on the same line. */
export const NAME_PROMPT = "Enter your username: ";

/** A line of printable ASCII needs neither decoding nor cleaning. */
const NEEDS_CLEANING = /[^\t -~]/;

/**
 * Reads one line of a text client.
 *
 * @param registered false while the line answers the question for a name.
 */
export function parseTextLine(line: ByteString, registered: boolean): ParsedInput {
  const text = NEEDS_CLEANING.test(line) ? cleanBytes(line) : line;
  if (text === undefined) return refused("invalid_utf8");
  if (registered) return parseInput(text);
  if (text.trim() === "/quit") return { frame: { type: "quit" } };
  return { frame: { type: "hello", name: text } };
}

function cleanBytes(line: ByteString): string | undefined {
  const text = fromByteString(line);
  return text === undefined ? undefined : cleanText(text);
}

/** Makes `[HH:MM:SS] ` from a time, in the local time zone. The last one made is kept: a busy server
 * asks for the same second a hundred thousand times. */
export class Timestamps {
  #second = NaN;
  #stamp = "";

  /** The stamp with the space behind it. */
  at(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      const date = new Date(second * 1000);
      const part = (value: number) => String(value).padStart(2, "0");
      this.#second = second;
      this.#stamp = `[${part(date.getHours())}:${part(date.getMinutes())}:${
        part(date.getSeconds())
      }] `;
    }
    return this.#stamp;
  }
}

/**
 * What a text client is shown for a frame: whole lines, or `""` for a frame that it does not need.
 *
 * @param stamps of the server that shows it.
 * @param now Unix milliseconds, for the frames that carry no time of their own.
 * @param self name of the person to whom it is shown; it tells a whisper sent from one received.
 */
export function textLines(
  frame: ServerFrame,
  stamps: Timestamps,
  now: number,
  self: string,
): string {
  switch (frame.type) {
    case "message":
      return lines(stamps.at(frame.time) + sender(frame), frame.text);
    case "whisper": {
      const who = frame.from === self ? `to ${frame.to}` : `from ${frame.from}`;
      return lines(`${stamps.at(frame.time)}[WHISPER ${who}]: `, frame.text);
    }
    case "welcome":
      return system(`Welcome, ${frame.name}! Type /help for available commands.`);
    case "joined":
      return `${stamps.at(frame.time)}*** ${frame.name} has joined the chat! ***\n`;
    case "left":
      return `${stamps.at(frame.time)}*** ${frame.name} has left the chat. ***\n`;
    case "presence":
      return `${
        stamps.at(frame.time)
      }*** ${frame.joined} joined and ${frame.left} left the chat: ` +
        `${frame.members} online. ***\n`;
    case "renamed":
      return `${stamps.at(frame.time)}*** ${frame.from} is now known as ${frame.to}. ***\n`;
    case "users": {
      const names = frame.users.map((user) => user.name).join(", ");
      const others = frame.total - frame.users.length;
      return system(
        `Online users (${frame.total}): ${names}` + (others > 0 ? ` and ${others} more` : ""),
      );
    }
    case "skipped":
      return `${
        stamps.at(now)
      }*** ${frame.count} messages skipped: you were reading too slowly. ***\n`;
    case "notice":
      return system(frame.text);
    case "bye":
      return system(frame.text);
    case "error":
      return lines(`${stamps.at(now)}[ERROR]: `, frame.text);
    case "ack":
    case "pong":
      return "";
  }

  function system(text: string): string {
    return lines(`${stamps.at(now)}[SYSTEM]: `, text);
  }
}

/**
 * {@link textLines} of a message, in UTF-8: the lines of the hot path. Its parts are short and flat,
 * so that looking for what is not ASCII copies nothing.
 */
export function messageBytes(frame: MessageFrame, stamps: Timestamps): ByteString {
  return lines(stamps.at(frame.time) + toByteString(sender(frame)), toByteString(frame.text));
}

function sender({ from, action }: MessageFrame): string {
  return action === true ? `* ${from} ` : `${from}: `;
}

/** Each line of a text behind the prefix, so that no text can pass for a line of somebody else. */
function lines(prefix: string, text: string): string {
  if (!text.includes("\n")) return prefix + text + "\n";
  return text.split("\n").map((line) => prefix + line + "\n").join("");
}
