import { byteLength } from "../../protocol/byte_string.ts";
import { protocolError } from "../../protocol/errors.ts";
import { MAX_TEXT_BYTES, MAX_TEXT_LINES } from "../../protocol/limits.ts";
import type { Conversation } from "./conversation.ts";
import type { MessageFactory } from "./message_factory.ts";
import { Outgoing, type SpokenFrame } from "./outgoing.ts";

/** What speech takes from its surroundings. */
export interface OutgoingMessagesHost {
  readonly name: string;
  /** Whether what is sent now goes out now. */
  readonly isInside: boolean;
  send(frame: SpokenFrame): void;
}

/** What one says oneself, and what becomes of it. */
export class OutgoingMessages {
  readonly #outgoing = new Outgoing();
  /** Where to find what waits, by its `id`. */
  readonly #waiting = new Map<string, Conversation>();

  constructor(
    private readonly host: OutgoingMessagesHost,
    private readonly entries: MessageFactory,
  ) {}

  /** How much the server has not taken yet. */
  get waiting(): number {
    return this.#outgoing.size;
  }

  /**
   * Sends a message or a whisper, now or when the connection is back.
   *
   * @returns the reason if it cannot be sent, else `undefined`.
   */
  say(conversation: Conversation, frame: SpokenFrame): string | undefined {
    if (byteLength(frame.text) > MAX_TEXT_BYTES) return protocolError("text_too_long").text;
    if (frame.text.split("\n").length > MAX_TEXT_LINES) return protocolError("too_many_lines").text;
    if (this.#outgoing.isFull) {
      return "Too much is waiting for the connection. Try again when it is back.";
    }
    conversation.firstUnread = undefined;
    conversation.add(this.entries.own(frame, this.host.name));
    const { isInside } = this.host;
    this.#outgoing.add(frame, isInside);
    this.#waiting.set(frame.id, conversation);
    if (isInside) this.host.send(frame);
    return undefined;
  }

  /** Whether the server has not answered it yet. */
  isWaiting(id: string): boolean {
    return this.#waiting.has(id);
  }

  /** The server has taken it. @param seq its number, where it is a message. */
  taken(id: string, seq: number | undefined): void {
    const status = { status: "delivered" } as const;
    this.#settle(id)?.change(id, seq === undefined ? status : { ...status, seq });
  }

  /** The server has refused it. @returns its conversation, if a message of that `id` was waiting. */
  refused(id: string, reason: string): Conversation | undefined {
    const conversation = this.#settle(id);
    conversation?.change(id, { status: "refused", reason });
    return conversation;
  }

  /** Says again what waits. */
  repeat(): void {
    for (const frame of this.#outgoing.takeAll()) this.host.send(frame);
  }

  /** Gives up what was meant for a room in which one is not any more. */
  giveUpElsewhere(here: Conversation): void {
    for (const [id, conversation] of this.#waiting) {
      if (conversation.kind === "person" || conversation === here) continue;
      this.refused(id, "You came into another room before the server had confirmed this.");
    }
  }

  /** Gives up what went out over a session that is lost, and may or may not have arrived. */
  giveUpSent(): void {
    for (const id of this.#outgoing.giveUpSent()) {
      this.refused(id, "The connection broke before the server had confirmed this.");
    }
  }

  /** Somebody else is at the page. */
  clear(): void {
    this.#outgoing.clear();
    this.#waiting.clear();
  }

  #settle(id: string): Conversation | undefined {
    const conversation = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#outgoing.settle(id);
    return conversation;
  }
}
