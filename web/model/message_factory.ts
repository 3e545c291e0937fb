import { mentionsOf } from "../../client/core/mentions.ts";
import type { ClientFrameOf, MessageFrame } from "../../protocol/frames.ts";
import { nameKey } from "../../protocol/names.ts";
import type { Entry } from "./conversation.ts";

/** A message or whisper of the user. */
export type SpokenFrame = ClientFrameOf<"message" | "whisper"> & { readonly id: string };

/** Makes the lines of conversations of what is said and told. */
export class MessageFactory {
  #count = 0;

  /** @param now Unix milliseconds. */
  constructor(private readonly now: () => number) {}

  /** A message of a room. */
  message({ seq, from, text, time, action }: MessageFrame, reader: string): Entry {
    const isOwn = nameKey(from) === nameKey(reader);
    return {
      ...this.#blank("message", text),
      key: `${seq} ${time}`,
      from,
      time,
      seq,
      isOwn,
      isAction: action === true,
      isMention: !isOwn && mentionsOf(text, reader).length > 0,
    };
  }

  /** Something that one person said to the reader alone. */
  whisper(from: string, text: string, time: number): Entry {
    return { ...this.#blank("message", text), from, time };
  }

  /** A message or whisper of the user. */
  own(frame: SpokenFrame, reader: string): Entry {
    return {
      ...this.#blank("message", frame.text),
      key: frame.id,
      from: reader,
      isOwn: true,
      isAction: frame.type === "message" && frame.action === true,
      status: "pending",
    };
  }

  /** Something that the server or the page tells. */
  notice(text: string, time = this.now()): Entry {
    return { ...this.#blank("notice", text), time };
  }

  /** Something that went wrong. */
  error(text: string): Entry {
    return this.#blank("error", text);
  }

  #blank(kind: Entry["kind"], text: string): Entry {
    const now = this.now();
    return {
      // With the time it is new beside those that are kept over being loaded anew.
      key: `entry ${now} ${++this.#count}`,
      kind,
      from: "",
      text,
      time: now,
      isOwn: false,
      isAction: false,
      isMention: false,
      status: "delivered",
    };
  }
}
