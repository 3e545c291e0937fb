import { Unacknowledged, type UnacknowledgedFrame } from "../../client/core/unacknowledged.ts";
import { byteLength } from "../../protocol/byte_string.ts";
import { requestError } from "../../protocol/request_errors.ts";
import { MAX_TEXT_BYTES, MAX_TEXT_LINES } from "../../protocol/limits.ts";
import type { Conversation } from "./conversation.ts";
import type { MessageFactory, TextFrame } from "./message_factory.ts";

/** Maximum number of messages without an acknowledgement. */
const MAX_PENDING = 200;

/** The user's messages and whispers, until the server has accepted or refused them. */
export class OutgoingMessages {
  /** The frames, which outlive a session: the next one continues with them. */
  readonly frames = new Unacknowledged();
  /** The conversations of pending messages, by `id`. */
  readonly #pending = new Map<string, Conversation>();

  /**
   * @param self the name of the user.
   * @param sendKept sends a frame, now or when the connection is back.
   */
  constructor(
    private readonly entries: MessageFactory,
    private readonly self: () => string,
    private readonly sendKept: (frame: TextFrame) => void,
  ) {}

  get pending(): number {
    return this.#pending.size;
  }

  /** Sends a message or a whisper, now or after a reconnect. @returns the error if it cannot be sent. */
  send(conversation: Conversation, frame: TextFrame): string | undefined {
    if (byteLength(frame.text) > MAX_TEXT_BYTES) return requestError("text_too_long").text;
    if (frame.text.split("\n").length > MAX_TEXT_LINES) return requestError("too_many_lines").text;
    if (this.#pending.size >= MAX_PENDING) {
      return "Too much is waiting for the connection. Try again when it is back.";
    }
    conversation.firstUnread = undefined;
    conversation.add(this.entries.own(frame, this.self()));
    this.#pending.set(frame.id, conversation);
    this.sendKept(frame);
    return undefined;
  }

  isPending(id: string): boolean {
    return this.#pending.has(id);
  }

  /** Whether a conversation has a message without an acknowledgement. */
  isWaiting(conversation: Conversation): boolean {
    return this.#pending.values().some((waiting) => waiting === conversation);
  }

  /** The entries of a conversation are part of another one now. */
  absorbed(conversation: Conversation, by: Conversation): void {
    for (const [id, waiting] of this.#pending) {
      if (waiting === conversation) this.#pending.set(id, by);
    }
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
