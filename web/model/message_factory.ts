import { mentionsOf } from "../../client/core/mentions.ts";
import type { ClientFrameOf, MessageFrame } from "../../protocol/frames.ts";
import { nameKey } from "../../protocol/names.ts";
import type { Entry } from "./conversation.ts";

/** A message or a whisper of the user. */
export type TextFrame = ClientFrameOf<"message" | "whisper"> & { readonly id: string };

/** Makes the entries of conversations, and decides which ones mention the reader. */
export class MessageFactory {
  #count = 0;

  /** @param now Unix milliseconds. */
  constructor(private readonly now: () => number) {}

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

  /** A whisper of another user. */
  whisper(from: string, text: string, time: number): Entry {
    return { ...this.#blank("message", text), from, time };
  }

  own(frame: TextFrame, reader: string): Entry {
    return {
      ...this.#blank("message", frame.text),
      key: frame.id,
      from: reader,
      isOwn: true,
      isAction: frame.type === "message" && frame.action === true,
      status: "pending",
    };
  }

  /** A notice of the server or the page. */
  notice(text: string, time = this.now()): Entry {
    return { ...this.#blank("notice", text), time };
  }

  error(text: string): Entry {
    return this.#blank("error", text);
  }

  #blank(kind: Entry["kind"], text: string): Entry {
    const now = this.now();
    return {
      // The time makes it unique among the entries that are restored after a reload.
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
