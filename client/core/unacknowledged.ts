import { nameKey } from "../../protocol/names.ts";

/** A frame that the server has not acknowledged. */
export interface UnacknowledgedFrame {
  readonly id: string;
  readonly json: string;
  /** The room of a change of room. */
  readonly leadsTo: string | undefined;
  readonly isForRoom: boolean;
  /** Whether it was sent over any connection. */
  wasSent: boolean;
}

/**
 * The messages and whispers that the server has not acknowledged, in order, with the changes of room
 * between them.
 *
 * 1. A resumed session gets all of them again, with the same ids; the server accepts each id once. A new
 *    session has no such memory: it gets the unsent frames, and the rest is dropped, since nothing may
 *    be sent twice. A change of room is always repeated, which does no harm.
 * 2. Each message is sent only to its own room: that of the change of room before it, or without one,
 *    the room of the session when it was sent.
 */
export class Unacknowledged {
  readonly #frames = new Map<string, UnacknowledgedFrame>();
  /** The room of messages without a change of room before them; empty if there are no such messages. */
  #room = "";

  get size(): number {
    return this.#frames.size;
  }

  has(id: string): boolean {
    return this.#frames.has(id);
  }

  add(frame: UnacknowledgedFrame): void {
    this.#frames.set(frame.id, frame);
  }

  /** The server has accepted or refused the frame. */
  remove(id: string): void {
    this.#frames.delete(id);
  }

  /** The server has carried out the oldest change of room. Its answer has no id. */
  moved(room: string): void {
    this.#room = room;
    const oldest = this.#frames.values().find(({ leadsTo }) => leadsTo !== undefined);
    if (oldest !== undefined) this.remove(oldest.id);
  }

  clear(): void {
    this.#frames.clear();
    this.#room = "";
  }

  /** Marks all frames as sent. @returns their JSON; they stay until they are acknowledged. */
  *resend(): Iterable<string> {
    for (const frame of this.#frames.values()) {
      frame.wasSent = true;
      yield frame.json;
    }
  }

  /** Drops the frames that were sent in a lost session. @returns them, in order. */
  dropSent(): UnacknowledgedFrame[] {
    return this.#drop(({ wasSent, leadsTo }) => wasSent && leadsTo === undefined);
  }

  /**
   * Drops messages that would be sent to another room than their own, and completed changes of room.
   *
   * @param room the room in which the session continues.
   * @returns them, in order.
   */
  dropElsewhere(room: string): UnacknowledgedFrame[] {
    const frames = [...this.#frames.values()];
    const hasMoved = this.#room !== "" && !isSame(this.#room, room);
    const lastMove = hasMoved
      ? frames.findLastIndex(({ wasSent, leadsTo }) =>
        wasSent && leadsTo !== undefined && isSame(leadsTo, room)
      )
      : -1;
    let meant = this.#room || room;
    let here = room;
    this.#room = room;
    return this.#drop(({ leadsTo, isForRoom }, index) => {
      if (leadsTo === undefined) return isForRoom && !isSame(meant, here);
      meant = leadsTo;
      if (index <= lastMove) return true;
      here = leadsTo;
      return false;
    });
  }

  #drop(test: (frame: UnacknowledgedFrame, index: number) => boolean): UnacknowledgedFrame[] {
    const dropped = [...this.#frames.values()].filter(test);
    for (const { id } of dropped) this.remove(id);
    return dropped;
  }
}

function isSame(room: string, other: string): boolean {
  return nameKey(room) === nameKey(other);
}
