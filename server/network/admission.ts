import type { Socket } from "node:net";
import { type ProtocolError, protocolError } from "../../protocol/mod.ts";
import { AddressLimit } from "./address_limit.ts";
import { FairPool } from "../scheduling/fair_pool.ts";
import type { RefusalReason } from "../observability/metrics.ts";
import { addressKey, plainAddress } from "../addresses/network_address.ts";
import type { RefusalLog } from "../observability/bounded_logs.ts";

/** Maximum numbers of connections. */
export interface AdmissionLimits {
  readonly maxClients: number;
  /** Connections that have not joined: in detection, in a TLS handshake, in an HTTP exchange, at a prompt,
   * or before `hello`. */
  readonly maxPending: number;
  /** Connections per address key, in any protocol; 0 for no limit. See {@link Admission.limitAddresses}. */
  readonly maxPerAddress: number;
  /** Connections over {@link maxPerAddress} to which the error is being sent. */
  readonly maxRefused: number;
}

type TicketState = "pending" | "refused" | "joined" | "released";

interface Counts {
  readonly limits: AdmissionLimits;
  readonly addresses: AddressLimit;
  readonly pending: FairPool<AdmissionTicket>;
  readonly refused: FairPool<AdmissionTicket>;
  joined: number;
  /** Number of exempt connections so far, for their keys. */
  exempt: number;
  readonly refusals: Pick<RefusalLog, "add">;
  isExempt(address: string): boolean;
}

/**
 * Counts every accepted connection, in any protocol.
 *
 * 1. A connection is pending from accept until it joins. The pool of pending connections accepts every
 *    new one; if it is full, the oldest connection of the address with the most is closed.
 * 2. Only members count for `maxClients`: a connection joins when it gets its name. One that resumes a
 *    session takes the place of the session's former connection, which is pending until it is closed.
 * 3. Pending and joined connections count for `maxPerAddress` of their address key. A connection over
 *    that limit is in a small pool of its own while the error is sent.
 * 4. A closed connection leaves its pool at once, exactly once.
 */
export class Admission {
  readonly #counts: Counts;

  /** @param isExempt whether an address, such as that of a trusted proxy, has no limit of its own. */
  constructor(
    limits: AdmissionLimits,
    refusals: Pick<RefusalLog, "add">,
    isExempt: (address: string) => boolean = () => false,
  ) {
    this.#counts = {
      limits,
      addresses: new AddressLimit(limits.maxPerAddress),
      pending: new FairPool(limits.maxPending),
      refused: new FairPool(limits.maxRefused),
      joined: 0,
      exempt: 0,
      refusals,
      isExempt,
    };
  }

  get joined(): number {
    return this.#counts.joined;
  }

  get pending(): number {
    return this.#counts.pending.size;
  }

  /** Number of connections over the limit of their address to which the error is being sent. */
  get refused(): number {
    return this.#counts.refused.size;
  }

  /** Changes the maximum number of connections per address key for new ones; 0 for no limit. */
  limitAddresses(maxPerAddress: number): void {
    this.#counts.addresses.limit = maxPerAddress;
  }

  /** Counts an accepted connection. @param close called to close it at once for another connection. */
  accept(address: string, close: () => void): AdmissionTicket {
    return new AdmissionTicket(this.#counts, address, close);
  }
}

/** The place of one accepted connection in the counts, until it is closed. */
export class AdmissionTicket {
  #address: string;
  #key: string;
  #isExempt: boolean;
  #state: TicketState = "pending";
  #refusal: ProtocolError | undefined;
  /** Whether the metrics have counted this connection as refused: at most once. */
  #isCountedAsRefused = false;

  constructor(
    private readonly counts: Counts,
    address: string,
    private readonly close: () => void,
  ) {
    this.#address = address;
    this.#isExempt = counts.isExempt(address);
    this.#key = this.#keyOf(address);
    this.#enter();
  }

  get address(): string {
    return this.#address;
  }

  /** The key by which a full pool counts the connection; unique for an exempt connection. */
  get key(): string {
    return this.#key;
  }

  /** The error if the address has too many connections. */
  get refusal(): ProtocolError | undefined {
    return this.#refusal;
  }

  /** The error if a client of the chat could not join now; takes no place. */
  checkPlace(): ProtocolError | undefined {
    if (this.#refusal !== undefined) return this.#refusal;
    const { joined, limits: { maxClients } } = this.counts;
    if (this.#state === "joined" || joined < maxClients) return undefined;
    this.refuse("server_full");
    return protocolError("server_full", joined, maxClients);
  }

  /**
   * Takes a place among the members. A closed connection with remaining input joins without a place.
   *
   * @param replaced a connection whose session continues on this one: it loses its place.
   * @returns the error if no place is free.
   */
  join(replaced?: AdmissionTicket): ProtocolError | undefined {
    if (replaced !== undefined && replaced.#state === "joined" && this.#state === "pending") {
      this.#takeOver(replaced);
      return undefined;
    }
    const refusal = this.checkPlace();
    if (refusal !== undefined || this.#state !== "pending") return refusal;
    this.counts.pending.delete(this);
    this.#state = "joined";
    this.counts.joined++;
    return undefined;
  }

  /** Counts the connection as refused, once, with the first reason. */
  refuse(reason: RefusalReason, detail?: string): void {
    if (this.#isCountedAsRefused) return;
    this.#isCountedAsRefused = true;
    this.counts.refusals.add(reason, this.#address, detail);
  }

  /**
   * Counts a pending connection for another address from now on: that of the client, named by a trusted
   * proxy.
   *
   * @returns the error if that address has too many.
   */
  moveTo(address: string): ProtocolError | undefined {
    const { counts } = this;
    this.#address = address;
    if (this.#state !== "pending") return this.#refusal;
    counts.pending.delete(this);
    if (!this.#isExempt) counts.addresses.leave(this.#key);
    this.#isExempt = counts.isExempt(address);
    this.#key = this.#keyOf(address);
    this.#enter();
    return this.#refusal;
  }

  /**
   * Counts the connection as one that was just accepted, for its next request.
   *
   * @returns the error if the address has too many.
   */
  renew(address: string): ProtocolError | undefined {
    this.#isCountedAsRefused = false;
    return this.moveTo(address);
  }

  /** Ends the counting of a closed connection. */
  release(): void {
    const { counts } = this;
    switch (this.#state) {
      case "pending":
        counts.pending.delete(this);
        break;
      case "refused":
        counts.refused.delete(this);
        break;
      case "joined":
        counts.joined--;
        break;
      case "released":
        return;
    }
    if (this.#state !== "refused" && !this.#isExempt) counts.addresses.leave(this.#key);
    this.#state = "released";
  }

  #enter(): void {
    const { addresses, pending } = this.counts;
    if (!this.#isExempt && !addresses.enter(this.#key)) return this.#refuseAddress();
    const evicted = pending.add(this);
    if (evicted !== undefined) evicted.#evict("pending_full");
  }

  /** Until it is closed, the other connection is pending instead of this one: both pools keep their sizes. */
  #takeOver(replaced: AdmissionTicket): void {
    const { pending } = this.counts;
    pending.delete(this);
    this.#state = "joined";
    replaced.#state = "pending";
    pending.add(replaced);
  }

  #refuseAddress(): void {
    const { addresses, refused } = this.counts;
    this.#state = "refused";
    this.#refusal = protocolError("too_many_from_address", addresses.limit);
    this.refuse("too_many_from_address");
    const evicted = refused.add(this);
    if (evicted !== undefined) evicted.#evict("too_many_from_address");
  }

  /** Closes the connection for another one. */
  #evict(reason: RefusalReason): void {
    this.refuse(reason);
    this.release();
    this.close();
  }

  #keyOf(address: string): string {
    return this.#isExempt ? `exempt ${++this.counts.exempt}` : addressKey(address);
  }
}

/** Counts an accepted socket until it is closed. */
export function ticketOf(socket: Socket, admission: Admission): AdmissionTicket {
  const ticket = admission.accept(plainAddress(socket.remoteAddress), () => socket.destroy());
  socket.once("close", () => ticket.release());
  return ticket;
}
