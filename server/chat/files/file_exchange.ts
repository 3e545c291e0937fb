import {
  nameKey,
  type ProtocolError,
  protocolError,
  type ServerFrame,
  sizeText,
} from "../../../protocol/mod.ts";
import type { Subscriber } from "../../fanout/audience.ts";
import type { Hub } from "../hub.ts";
import type { Result } from "../../result.ts";
import type { Member } from "../member.ts";
import { Offers, type Recipient } from "./offers.ts";
import { type TransferCounts, Transfers } from "./transfers.ts";

/** What is counted of files. */
export type FileCounts = TransferCounts;

/** Which files may be sent. */
export interface FileRules {
  readonly files: boolean;
  readonly maxFileBytes: number;
}

/** What it needs of the fan-out. */
export interface FileFanout {
  relay(subscriber: Subscriber, frame: ServerFrame): void;
}

/**
 * Files that people send each other: offered, accepted, handed on. It does no I/O and keeps nothing
 * of what is in them.
 */
export class FileExchange {
  readonly offers: Offers;
  readonly transfers: Transfers;

  constructor(
    private readonly hub: Hub,
    fanout: FileFanout,
    clock: { now(): number; monotonic(): number },
    private readonly rules: FileRules,
    counts: FileCounts = { relayedBytes: 0 },
  ) {
    this.offers = new Offers(hub, clock);
    const output = {
      tell: (member: Member, frame: ServerFrame) => hub.tell(member, frame),
      relay: (subscriber: Subscriber, frame: ServerFrame) => fanout.relay(subscriber, frame),
    };
    this.transfers = new Transfers(output, () => clock.monotonic(), counts);
    hub.onDetached = (member) => {
      this.offers.forget(member);
      this.transfers.forget(member);
    };
  }

  /** Files that are under way. */
  get transferCount(): number {
    return this.transfers.size;
  }

  /** Why no file of that size may be sent here. */
  refusal(size: number): ProtocolError | undefined {
    const { files, maxFileBytes } = this.rules;
    if (!files) return protocolError("no_files");
    return size > maxFileBytes
      ? protocolError("file_too_large", sizeText(maxFileBytes))
      : undefined;
  }

  /**
   * Who a file is for: a person, or the member's own room.
   *
   * A person comes first where both have the name; `#room` is the room in any case.
   */
  recipient(sender: Member, to: string): Result<Recipient> {
    const isRoom = to.startsWith("#");
    const person = isRoom ? undefined : this.hub.people.find(to);
    if (person === undefined) {
      const isOwnRoom = nameKey(isRoom ? to.slice(1) : to) === sender.room.key;
      if (isOwnRoom) return { value: { room: sender.room } };
      const { error } = this.hub.people.require(to);
      return { error: error! };
    }
    if (person === sender) {
      return { error: protocolError("not_oneself", "send yourself a file") };
    }
    if (person.ignores(sender.key)) return { error: protocolError("ignored", person.name) };
    if (person.subscriber === undefined) {
      return { error: protocolError("not_reading", person.name) };
    }
    return { value: { member: person } };
  }

  /** Ends what is too old; called every second. */
  tick(): void {
    this.offers.tick();
    this.transfers.tick();
  }
}
