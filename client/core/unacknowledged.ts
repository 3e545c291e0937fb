import { isSameName } from "../../protocol/names.ts";

/** A request to enter or to leave a room. */
export interface RoomChange {
  readonly type: "join" | "leave";
  readonly room: string;
}

/** A frame that the server has not acknowledged. */
export interface UnacknowledgedFrame {
  readonly id: string;
  readonly json: string;
  /** Absent for a message or a whisper. */
  readonly change: RoomChange | undefined;
  /** Whether it was sent over any connection. */
  wasSent: boolean;
  /** Whether it was sent over two connections: the server may have carried it out before. */
  wasRepeated?: boolean;
}

/**
 * The messages and whispers that the server has not acknowledged, in order, with the changes of rooms
 * between them.
 *
 * A resumed session gets all of them again, with the same ids; the server accepts each id of a message
 * once. A new session has no such memory: it gets the unsent frames, and the rest is dropped, since
 * nothing may be sent twice. A change of rooms is always repeated, which does no harm.
 */
export class Unacknowledged {
  readonly #frames = new Map<string, UnacknowledgedFrame>();

  get size(): number {
    return this.#frames.size;
  }

  /** Whether messages or whispers of an earlier connection are without an answer. */
  get hasRepeated(): boolean {
    // They are answered in order, and precede those of this connection.
    const first = this.#frames.values().find(({ change }) => change === undefined);
    return first?.wasRepeated === true;
  }

  has(id: string): boolean {
    return this.#frames.has(id);
  }

  get(id: string): UnacknowledgedFrame | undefined {
    return this.#frames.get(id);
  }

  add(frame: UnacknowledgedFrame): void {
    this.#frames.set(frame.id, frame);
  }

  /** The server has accepted or refused the frame. */
  remove(id: string): void {
    this.#frames.delete(id);
  }

  /**
   * A resumed session has entered or left a room. Removes the request for that, if it is the only one about
   * this room.
   *
   * @returns false if others must be repeated to know in which state the room is.
   */
  resolve({ type, room }: RoomChange): boolean {
    const [only, ...others] = this.#frames.values().filter(({ change }) =>
      change !== undefined && isSameName(change.room, room)
    );
    if (only === undefined) return true;
    if (others.length > 0 || !only.wasSent || only.change?.type !== type) return false;
    this.remove(only.id);
    return true;
  }

  /** The rooms that the server may have entered this client into without an answer that arrived. */
  get requestedRooms(): string[] {
    return [...this.#frames.values()].flatMap(({ change, wasSent }) =>
      change?.type === "join" && wasSent ? [change.room] : []
    );
  }

  /** The server has carried out a change. Its answer has no id. */
  changed({ type, room }: RoomChange): void {
    const oldest = this.#frames.values().find(({ change }) =>
      change?.type === type && isSameName(change.room, room)
    );
    if (oldest !== undefined) this.remove(oldest.id);
  }

  clear(): void {
    this.#frames.clear();
  }

  /** Marks all frames as sent. @returns their JSON; they stay until they are acknowledged. */
  *resend(): Iterable<string> {
    for (const frame of this.#frames.values()) {
      frame.wasRepeated = frame.wasSent;
      frame.wasSent = true;
      yield frame.json;
    }
  }

  /** Drops the messages that were sent in a lost session. @returns them, in order. */
  dropSent(): UnacknowledgedFrame[] {
    const dropped = [...this.#frames.values()]
      .filter(({ wasSent, change }) => wasSent && change === undefined);
    for (const { id } of dropped) this.remove(id);
    return dropped;
  }
}
