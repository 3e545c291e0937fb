import { Unacknowledged, type UnacknowledgedFrame } from "../../client/core/unacknowledged.ts";
import { byteLength } from "../../protocol/byte_string.ts";
import { protocolError } from "../../protocol/errors.ts";
import { MAX_TEXT_BYTES, MAX_TEXT_LINES } from "../../protocol/limits.ts";
import type { Conversation } from "./conversation.ts";
import type { MessageFactory, SpokenFrame } from "./message_factory.ts";

/** Maximum number of messages without an acknowledgement. */
const MOST_PENDING = 200;

export interface OutgoingMessagesHost {
  readonly name: string;
  sendKept(frame: SpokenFrame): void;
}

/** The user's messages and whispers, until the server has accepted or refused them. */
export class OutgoingMessages {
  /** The frames, which outlive a session: the next one continues with them. */
  readonly frames = new Unacknowledged();
  /** The conversations of pending messages, by `id`. */
  readonly #pending = new Map<string, Conversation>();

  constructor(
    private readonly host: OutgoingMessagesHost,
    private readonly entries: MessageFactory,
  ) {}

  get pending(): number {
    return this.#pending.size;
  }

  /** Sends a message or a whisper, now or after a reconnect. @returns the error if it cannot be sent. */
  send(conversation: Conversation, frame: SpokenFrame): string | undefined {
    if (byteLength(frame.text) > MAX_TEXT_BYTES) return protocolError("text_too_long").text;
    if (frame.text.split("\n").length > MAX_TEXT_LINES) return protocolError("too_many_lines").text;
    if (this.#pending.size >= MOST_PENDING) {
      return "Too much is waiting for the connection. Try again when it is back.";
    }
    conversation.firstUnread = undefined;
    conversation.add(this.entries.own(frame, this.host.name));
    this.#pending.set(frame.id, conversation);
    this.host.sendKept(frame);
    return undefined;
  }

  isPending(id: string): boolean {
    return this.#pending.has(id);
  }

  /** The server has accepted it. @param seq number of a message. */
  accepted(id: string, seq: number | undefined): void {
    const status = { status: "delivered" } as const;
    this.#settle(id)?.change(id, seq === undefined ? status : { ...status, seq });
  }

  /** It was refused. @returns its conversation, if it was pending. */
  refused(id: string, reason: string): Conversation | undefined {
    const conversation = this.#settle(id);
    conversation?.change(id, { status: "refused", reason });
    return conversation;
  }

  /** Marks messages that the session has dropped as refused. */
  dropped(frames: readonly UnacknowledgedFrame[], reason: string): void {
    for (const { id } of frames) this.refused(id, reason);
  }

  /** Drops all of them: another user logs in on this page. */
  clear(): void {
    this.frames.clear();
    this.#pending.clear();
  }

  #settle(id: string): Conversation | undefined {
    const conversation = this.#pending.get(id);
    this.#pending.delete(id);
    return conversation;
  }
}
