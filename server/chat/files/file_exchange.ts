import { type ProtocolError, protocolError, sizeText } from "../../../protocol/mod.ts";
import type { Fanout } from "../../fanout/fanout.ts";
import type { Metrics } from "../../observability/metrics.ts";
import type { Clock } from "../../scheduling/clock.ts";
import type { Hub } from "../hub.ts";
import type { Result } from "../../result.ts";
import type { Member } from "../member.ts";
import { Offers, type Recipient } from "./offers.ts";
import { Transfers } from "./transfers.ts";

export interface FileRules {
  /** Whether files may be sent. */
  readonly files: boolean;
  readonly maxFileBytes: number;
}

/** Files that users send each other: offers and transfers. It does no I/O and stores no content. */
export class FileExchange {
  readonly offers: Offers;
  readonly transfers: Transfers;

  constructor(
    private readonly hub: Hub,
    fanout: Fanout,
    clock: Clock,
    private readonly rules: FileRules,
    metrics: Metrics,
  ) {
    this.offers = new Offers(hub, clock);
    this.transfers = new Transfers(fanout, () => clock.monotonic(), metrics);
    hub.onDetached = (member) => {
      this.offers.forget(member);
      this.transfers.forget(member);
    };
  }

  /** The error of a file that may not be sent. */
  refusal(size: number): ProtocolError | undefined {
    const { files, maxFileBytes } = this.rules;
    if (!files) return protocolError("no_files");
    return size > maxFileBytes
      ? protocolError("file_too_large", sizeText(maxFileBytes))
      : undefined;
  }

  /**
   * The recipient of a file: a user, or one of the member's rooms.
   *
   * If both have the name it is the user; `#room` is always the room.
   */
  recipient(sender: Member, to: string): Result<Recipient> {
    const { members, rooms } = this.hub;
    const isRoom = to.startsWith("#");
    const person = isRoom ? undefined : members.find(to);
    if (person === undefined) {
      const name = isRoom ? to.slice(1) : to;
      const { value: room, error } = sender.memberships.require(name);
      if (room !== undefined) return { value: { room } };
      return { error: isRoom || rooms.has(name) ? error : members.require(to).error! };
    }
    if (person === sender) {
      return { error: protocolError("not_oneself", "send yourself a file") };
    }
    if (person.ignores(sender.key)) return { error: protocolError("ignored", person.name) };
    if (person.subscriber === undefined || person.subscriber.isHalfFull) {
      return { error: protocolError("not_reading", person.name) };
    }
    return { value: { member: person } };
  }

  /** Ends expired offers and transfers; called every second. */
  tick(): void {
    this.offers.tick();
    this.transfers.tick();
  }
}
