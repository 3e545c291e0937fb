import { mentionsOf } from "../../client/core/mentions.ts";
import type { ClientFrameOf, MessageFrame, ServerFrame } from "../../protocol/frames.ts";
import { isSameName } from "../../protocol/names.ts";
import type { FileItem } from "../files/file_item.ts";
import { fileText } from "../files/file_text.ts";
import type { Entry } from "./conversation.ts";
import type { PresenceChange } from "./presence_notices.ts";

/** A message or a whisper of the user. */
export type TextFrame = ClientFrameOf<"message" | "whisper"> & { readonly id: string };

type WhisperFrame = Extract<ServerFrame, { type: "whisper" }>;

/** Makes the entries of conversations, and decides which ones mention the reader. */
export class MessageFactory {
  #count = 0;

  /** @param now Unix milliseconds. */
  constructor(private readonly now: () => number) {}

  message({ seq, from, text, time, action, notice, file }: MessageFrame, reader: string): Entry {
    const isOwn = isSameName(from, reader);
    return {
      ...this.#blank("message", text),
      key: `${seq} ${time}`,
      from,
      time,
      seq,
      isOwn,
      isAction: action === true,
      ...(notice && { isAutomatic: notice }),
      isMention: !isOwn && mentionsOf(text, reader).length > 0,
      ...(file === undefined ? undefined : { file }),
    };
  }

  /** A whisper of another user. */
  whisper({ from, text, time, notice }: WhisperFrame): Entry {
    return { ...this.#blank("message", text), from, time, ...(notice && { isAutomatic: notice }) };
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

  /** A notice about a user who joined or left. */
  presence(change: PresenceChange): Entry {
    return { ...this.notice(change.text, change.time), changes: [change] };
  }

  /** A file that is offered or transferred. */
  file(transfer: FileItem): Entry {
    const blank = this.#blank("file", fileText(transfer));
    return { ...blank, key: transfer.key, isOwn: transfer.direction === "out", transfer };
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
