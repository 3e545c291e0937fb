import {
  base64Bytes,
  type CancelReason,
  MAX_CHUNK_BYTES,
  MAX_FILES_PER_PERSON,
  MIN_CHUNK_BYTES,
  protocolError,
  type ServerFrame,
  shorten,
  TRANSFER_SILENCE_SECONDS,
  TRANSFER_WINDOW_BYTES,
  type TransferFrame,
} from "../../../protocol/mod.ts";
import type { Subscriber } from "../../fanout/audience.ts";
import type { Fanout } from "../../fanout/fanout.ts";
import type { Metrics } from "../../observability/metrics.ts";
import type { Result } from "../../result.ts";
import type { Member } from "../member.ts";
import { fairVictim, type PlaceHolder } from "./fair_places.ts";

/** Maximum number of transfers of all members. The waiting bytes of one are at most a window in
 * base64, so those of all 45 MB if no client reads. */
const MAX_TRANSFERS = 128;

/** Maximum bytes of a window in a receiver's outbox: in base64, with its frames. */
const WINDOW_BYTES_ON_WIRE = Math.ceil(TRANSFER_WINDOW_BYTES * 1.4);

/** Minimum bytes between two confirmations, unless one confirms all that was sent: others count for
 * the rate, since the receiver alone decides how many it sends. */
const MIN_CONFIRMED_BYTES = MIN_CHUNK_BYTES / 2;

/** Maximum length of a relayed reason, in characters. */
const MAX_REASON_LENGTH = 200;

interface Transfer extends PlaceHolder {
  readonly id: number;
  readonly sender: Member;
  readonly receiver: Member;
  /** The receiver's connection; the transfer ends with it. */
  readonly subscriber: Subscriber;
  readonly size: number;
  sent: number;
  confirmed: number;
  /** The bytes of the last confirmation that was relayed. */
  relayedConfirmation: number;
  isFinished: boolean;
  /** Monotonic milliseconds of the last chunk or confirmation. */
  activeAt: number;
}

/**
 * The transfers in progress: chunks are relayed to the receiver, and not stored.
 *
 * 1. At most {@link TRANSFER_WINDOW_BYTES} are sent and not confirmed; a transfer ends when its sender
 *    sends more, or more than it offered, or chunks of the wrong size.
 * 2. A transfer ends with the connection of either side, when either side cancels it, and after
 *    {@link TRANSFER_SILENCE_SECONDS} without a frame. The other side, or both, get one `cancelled`.
 * 3. Late frames of a transfer that has ended are ignored.
 * 4. Its frames are relayed to a client that is behind, too, or it would stall. They are bounded: none
 *    starts with a sender whose output is over the hard bound, and each has a few frames besides the
 *    chunks and the confirmations. Confirmations stay below the bound: a later one replaces all earlier
 *    ones, and follows within a second.
 */
export class Transfers {
  readonly #transfers = new Map<number, Transfer>();
  #lastTransfer = 0;

  constructor(
    private readonly output: Pick<Fanout, "relay">,
    private readonly monotonic: () => number,
    private readonly counts: Pick<Metrics, "relayedBytes">,
  ) {}

  get size(): number {
    return this.#transfers.size;
  }

  /** Starts a transfer. The caller sends its number to both sides, see {@link send}. */
  start(sender: Member, receiver: Member, size: number): Result<number> {
    const { subscriber } = receiver;
    if (subscriber === undefined) return { error: protocolError("no_such_file") };
    if (this.#countOf(receiver) >= MAX_FILES_PER_PERSON) {
      return { error: protocolError("too_many_files") };
    }
    // The sender is busy, not the receiver, who gets the error.
    if (this.#countOf(sender) >= MAX_FILES_PER_PERSON || sender.subscriber?.isOverBound === true) {
      return { error: protocolError("files_busy") };
    }
    const holders = [sender, receiver];
    if (this.#transfers.size >= MAX_TRANSFERS) {
      const victim = fairVictim([...this.#transfers.values()], holders);
      if (victim === undefined) return { error: protocolError("files_busy") };
      this.#end(victim, "busy", "The server needs its place for other members. Try again later.");
    }
    const id = ++this.#lastTransfer;
    const bytes = { size, sent: 0, confirmed: 0, relayedConfirmation: 0 };
    const state = { ...bytes, isFinished: false, activeAt: this.monotonic() };
    this.#transfers.set(id, { id, holders, sender, receiver, subscriber, ...state });
    subscriber.outbox.raiseLimit(WINDOW_BYTES_ON_WIRE);
    return { value: id };
  }

  /** Sends a frame of a transfer to a member, if it is connected. */
  send({ subscriber }: Member, frame: ServerFrame): void {
    if (subscriber !== undefined) this.output.relay(subscriber, frame);
  }

  /**
   * Relays a frame of a transfer.
   *
   * @returns whether it belongs to a transfer of the member, which bounds it instead of the rate.
   */
  handle(member: Member, frame: TransferFrame): boolean {
    const transfer = this.#transfers.get(frame.transfer);
    const isSenders = frame.type === "chunk" || frame.type === "finish";
    if (transfer === undefined) return false;
    if (member !== (isSenders ? transfer.sender : transfer.receiver)) return false;
    switch (frame.type) {
      case "chunk":
        return this.#chunk(transfer, frame);
      case "received":
        return this.#received(transfer, frame);
      case "finish":
        return this.#finish(transfer, frame);
      case "complete":
        return this.#complete(transfer, frame);
      default:
        return false;
    }
  }

  cancel(member: Member, id: number, reason: string | undefined): void {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) return;
    const { sender, receiver } = transfer;
    if (member !== sender && member !== receiver) return;
    const why = reason === undefined || reason === ""
      ? "."
      : `: ${shorten(reason, MAX_REASON_LENGTH).replace(/\.$/, "")}.`;
    this.#end(transfer, "cancelled", `${member.name} has cancelled it${why}`, member);
  }

  /** Ends the transfers of a member that has disconnected. */
  forget(member: Member): void {
    for (const transfer of this.#transfers.values()) {
      if (transfer.sender === member || transfer.receiver === member) {
        this.#end(transfer, "gone", `${member.name} is gone.`, member);
      }
    }
  }

  /** Ends the silent transfers, and relays the confirmations that were held back. */
  tick(): void {
    const now = this.monotonic();
    for (const transfer of this.#transfers.values()) {
      this.#relayConfirmation(transfer);
      if (now - transfer.activeAt < TRANSFER_SILENCE_SECONDS * 1000) continue;
      this.#end(
        transfer,
        "stalled",
        `No data was received for ${TRANSFER_SILENCE_SECONDS} seconds.`,
      );
    }
  }

  #chunk(transfer: Transfer, frame: TransferFrame & { type: "chunk" }): boolean {
    const { subscriber, size, confirmed } = transfer;
    const bytes = base64Bytes(frame.data);
    transfer.sent += bytes;
    const isLast = transfer.sent === size;
    if (bytes > MAX_CHUNK_BYTES || (bytes < MIN_CHUNK_BYTES && !isLast)) {
      return this.#broken(transfer, "A chunk had the wrong size.");
    }
    if (transfer.sent > size || transfer.isFinished) {
      return this.#broken(transfer, "More bytes were sent than offered.");
    }
    if (transfer.sent - confirmed > TRANSFER_WINDOW_BYTES) {
      return this.#broken(transfer, "Too many bytes were sent without a confirmation.");
    }
    transfer.activeAt = this.monotonic();
    this.counts.relayedBytes += bytes;
    this.output.relay(subscriber, frame);
    return true;
  }

  #received(transfer: Transfer, frame: TransferFrame & { type: "received" }): boolean {
    if (frame.bytes <= transfer.confirmed || frame.bytes > transfer.sent) return false;
    const ahead = frame.bytes - transfer.confirmed;
    transfer.confirmed = frame.bytes;
    transfer.activeAt = this.monotonic();
    this.#relayConfirmation(transfer);
    return ahead >= MIN_CONFIRMED_BYTES || frame.bytes === transfer.sent;
  }

  /** Relays the last confirmation, unless the sender's output is over its bound. The receiver alone
   * decides how many small ones it sends: a sender that is behind gets none. */
  #relayConfirmation(transfer: Transfer): void {
    const { id, sender: { subscriber }, sent, confirmed, relayedConfirmation } = transfer;
    if (subscriber === undefined || confirmed === relayedConfirmation) return;
    const isSmall = confirmed - relayedConfirmation < MIN_CONFIRMED_BYTES && confirmed < sent;
    if (isSmall ? subscriber.isBehind : subscriber.isOverBound) return;
    transfer.relayedConfirmation = confirmed;
    this.output.relay(subscriber, { type: "received", transfer: id, bytes: confirmed });
  }

  #finish(transfer: Transfer, frame: TransferFrame & { type: "finish" }): boolean {
    if (transfer.isFinished) return false;
    if (transfer.sent < transfer.size) {
      return this.#broken(transfer, "Fewer bytes were sent than offered.");
    }
    transfer.isFinished = true;
    this.send(transfer.receiver, frame);
    return true;
  }

  #complete(transfer: Transfer, frame: TransferFrame & { type: "complete" }): boolean {
    if (!transfer.isFinished) return false;
    this.#remove(transfer);
    this.send(transfer.sender, frame);
    return true;
  }

  #broken(transfer: Transfer, text: string): true {
    this.#end(transfer, "broken", text);
    return true;
  }

  /** @param by the member that ends it, and gets no frame. */
  #end(transfer: Transfer, reason: CancelReason, text: string, by?: Member): void {
    this.#remove(transfer);
    const frame: ServerFrame = { type: "cancelled", transfer: transfer.id, reason, text };
    for (const member of [transfer.sender, transfer.receiver]) {
      if (member !== by) this.send(member, frame);
    }
  }

  #remove(transfer: Transfer): void {
    this.#transfers.delete(transfer.id);
    transfer.subscriber.outbox.raiseLimit(-WINDOW_BYTES_ON_WIRE);
  }

  #countOf(member: Member): number {
    let count = 0;
    for (const { sender, receiver } of this.#transfers.values()) {
      if (sender === member || receiver === member) count++;
    }
    return count;
  }
}
