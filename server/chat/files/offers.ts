import {
  MAX_FILES_PER_PERSON,
  OFFER_SECONDS,
  type OfferedFrame,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  type WithdrawReason,
} from "../../../protocol/mod.ts";
import type { Result } from "../../result.ts";
import type { Clock } from "../../scheduling/clock.ts";
import type { Hub } from "../hub.ts";
import type { Member } from "../member.ts";
import { fairVictim, type PlaceHolder } from "./fair_places.ts";
import type { Room } from "../room.ts";

/** Maximum number of open offers of all members. One takes some 500 bytes. */
const MAX_OFFERS = 4096;

/** Maximum number of stored answers to offers to rooms, of all members. */
const MAX_ANSWERS = 65_536;

export type Recipient =
  | { readonly member: Member; readonly room?: undefined }
  | { readonly room: Room; readonly member?: undefined };

export interface Offer extends PlaceHolder {
  readonly file: number;
  readonly sender: Member;
  readonly to: Recipient;
  readonly name: string;
  readonly size: number;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
  readonly answered: Set<Member>;
}

/**
 * The open offers.
 *
 * 1. An offer to one user is open until it is answered, one to a room for its whole time, and each
 *    member of the room may answer once.
 * 2. It ends when the sender withdraws it, when the sender or the receiving user disconnects, when its
 *    room is deleted or has no members, and after {@link OFFER_SECONDS}; then its recipients and the
 *    sender get `withdrawn`.
 */
export class Offers {
  readonly #offers = new Map<number, Offer>();
  #lastFile = 0;
  #answers = 0;

  constructor(
    private readonly hub: Pick<Hub, "notify" | "notifyOthers">,
    private readonly clock: Clock,
  ) {}

  /** Adds an offer, and sends it to its recipients. */
  open(
    sender: Member,
    to: Recipient,
    { name, size }: { name: string; size: number },
  ): Result<Offer> {
    const own = [...this.#offers.values()].filter((offer) => offer.sender === sender);
    if (own.length >= MAX_FILES_PER_PERSON) return { error: protocolError("too_many_files") };
    const holders = [sender];
    if (this.#offers.size >= MAX_OFFERS) {
      const victim = fairVictim([...this.#offers.values()], holders);
      if (victim === undefined) return { error: protocolError("files_busy") };
      this.#end(victim, "busy");
    }
    const offer: Offer = {
      file: ++this.#lastFile,
      holders,
      sender,
      to,
      name,
      size,
      expiresAt: this.clock.monotonic() + OFFER_SECONDS * 1000,
      answered: new Set(),
    };
    this.#offers.set(offer.file, offer);
    this.#notifyRecipient(offer, this.#offered(offer));
    return { value: offer };
  }

  /** The offer with this number, if the member may answer it. */
  find(file: number, member: Member): Offer | undefined {
    const offer = this.#offers.get(file);
    if (offer === undefined || offer.sender === member || offer.answered.has(member)) return;
    const isFor = offer.to.member === undefined
      ? member.isIn(offer.to.room)
      : offer.to.member === member;
    return isFor ? offer : undefined;
  }

  /** The error of an answer that cannot be stored. */
  checkAnswer({ to }: Offer): ProtocolError | undefined {
    const isStored = to.room !== undefined;
    return isStored && this.#answers >= MAX_ANSWERS ? protocolError("files_busy") : undefined;
  }

  /**
   * Records the answer of a member.
   *
   * @returns the error of {@link checkAnswer}.
   */
  answer(offer: Offer, member: Member): ProtocolError | undefined {
    const error = this.checkAnswer(offer);
    if (error !== undefined) return error;
    if (offer.to.room === undefined) this.#offers.delete(offer.file);
    else {
      offer.answered.add(member);
      this.#answers++;
    }
    return undefined;
  }

  /** Ends an offer of a member. The caller answers the member; the recipients get `withdrawn`. */
  withdraw(file: number, member: Member): ProtocolError | undefined {
    const offer = this.#offers.get(file);
    if (offer?.sender !== member) return protocolError("no_such_file");
    this.#end(offer, "withdrawn");
  }

  /** Ends the offers of a member that has disconnected. */
  forget(member: Member): void {
    for (const offer of this.#offers.values()) {
      if (offer.answered.delete(member)) this.#answers--;
      if (offer.sender === member || offer.to.member === member) this.#end(offer, "gone");
    }
  }

  /** Ends the offers to a room. */
  endRoom(room: Room): void {
    for (const offer of this.#offers.values()) {
      if (offer.to.room === room) this.#end(offer, "gone");
    }
  }

  /** Ends expired offers, and those to rooms that all members have left. */
  tick(): void {
    const now = this.clock.monotonic();
    for (const offer of this.#offers.values()) {
      if (offer.expiresAt <= now) this.#end(offer, "expired");
      else if (offer.to.room?.isClosed === true) this.#end(offer, "gone");
    }
  }

  #end(offer: Offer, reason: WithdrawReason): void {
    this.#offers.delete(offer.file);
    this.#answers -= offer.answered.size;
    offer.answered.clear();
    const frame: ServerFrame = { type: "withdrawn", file: offer.file, reason };
    this.#notifyRecipient(offer, frame);
    if (reason !== "withdrawn") this.hub.notify(offer.sender, frame);
  }

  #offered({ file, sender, to, name, size }: Offer): OfferedFrame {
    const { name: recipient } = to.member ?? to.room;
    const room = to.room === undefined ? undefined : { room: true as const };
    const time = this.clock.now();
    return { type: "offered", file, from: sender.name, to: recipient, ...room, name, size, time };
  }

  #notifyRecipient({ sender, to }: Offer, frame: ServerFrame): void {
    if (to.member !== undefined) this.hub.notify(to.member, frame);
    // The sender may be in another room now.
    else this.hub.notifyOthers(sender, frame, to.room);
  }
}
