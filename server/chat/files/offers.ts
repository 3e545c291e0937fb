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
import type { Member } from "../member.ts";
import { fairVictim, type PlaceHolder } from "./fair_places.ts";
import type { Room } from "../room.ts";

/** Offers that stand at once, of everybody. One takes some 500 bytes. */
const MAX_OFFERS = 4096;

/** Answers to offers to rooms that are remembered, of all members. */
const MAX_ANSWERS = 65_536;

/** Who a file is offered to. */
export type Recipient =
  | { readonly member: Member; readonly room?: undefined }
  | { readonly room: Room; readonly member?: undefined };

/** A file that somebody offers. */
export interface Offer extends PlaceHolder {
  readonly file: number;
  readonly sender: Member;
  readonly to: Recipient;
  readonly name: string;
  readonly size: number;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
  /** Those in the room who have answered. */
  readonly answered: Set<Member>;
}

/** How offers are told. */
export interface OfferHub {
  tell(member: Member, frame: ServerFrame): void;
  /** Tells those in the room who hear what the member says. */
  tellOthers(member: Member, frame: ServerFrame, room: Room): void;
}

/** What offers need of a clock. */
export interface OfferClock {
  now(): number;
  monotonic(): number;
}

/**
 * The offers that stand.
 *
 * 1. An offer to one person stands until it is answered, one to a room for its whole time, and each
 *    in the room may answer once.
 * 2. It ends when the sender takes it back, when the sender or that person is gone, and after
 *    {@link OFFER_SECONDS}; then those who may have seen it, and the sender, are told.
 */
export class Offers {
  readonly #offers = new Map<number, Offer>();
  #lastFile = 0;
  #answers = 0;

  constructor(private readonly hub: OfferHub, private readonly clock: OfferClock) {}

  /** Offers a file; who it is for is told. */
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
    this.#tellRecipient(offer, this.#offered(offer));
    return { value: offer };
  }

  /** The offer of that number, if the member may answer it. */
  find(file: number, member: Member): Offer | undefined {
    const offer = this.#offers.get(file);
    if (offer === undefined || offer.sender === member || offer.answered.has(member)) return;
    const isFor = offer.to.member === undefined
      ? offer.to.room === member.room
      : offer.to.member === member;
    return isFor ? offer : undefined;
  }

  /**
   * The member has answered.
   *
   * @returns an error where so many answers are remembered that no further one can be.
   */
  answer(offer: Offer, member: Member): ProtocolError | undefined {
    if (offer.to.member === member) this.#offers.delete(offer.file);
    else if (this.#answers >= MAX_ANSWERS) return protocolError("files_busy");
    else {
      offer.answered.add(member);
      this.#answers++;
    }
  }

  /** The sender takes an offer back. */
  withdraw(file: number, member: Member): ProtocolError | undefined {
    const offer = this.#offers.get(file);
    if (offer?.sender !== member) return protocolError("no_such_file");
    this.#end(offer, "withdrawn");
  }

  /** The member is gone. */
  forget(member: Member): void {
    for (const offer of this.#offers.values()) {
      if (offer.answered.delete(member)) this.#answers--;
      if (offer.sender === member || offer.to.member === member) this.#end(offer, "gone");
    }
  }

  /** Ends the offers that are too old. */
  tick(): void {
    const now = this.clock.monotonic();
    for (const offer of this.#offers.values()) {
      if (offer.expiresAt > now) break; // they are in the order in which they were made
      this.#end(offer, "expired");
    }
  }

  #end(offer: Offer, reason: WithdrawReason): void {
    this.#offers.delete(offer.file);
    this.#answers -= offer.answered.size;
    offer.answered.clear();
    const frame: ServerFrame = { type: "withdrawn", file: offer.file, reason };
    this.#tellRecipient(offer, frame);
    this.hub.tell(offer.sender, frame);
  }

  #offered({ file, sender, to, name, size }: Offer): OfferedFrame {
    const { name: recipient } = to.member ?? to.room;
    const room = to.room === undefined ? undefined : { room: true as const };
    const time = this.clock.now();
    return { type: "offered", file, from: sender.name, to: recipient, ...room, name, size, time };
  }

  #tellRecipient({ sender, to }: Offer, frame: ServerFrame): void {
    if (to.member !== undefined) this.hub.tell(to.member, frame);
    // The sender may have gone to another room since.
    else this.hub.tellOthers(sender, frame, to.room);
  }
}
