/** The place of a member in a room. */
interface Cursor {
  /** Number of the last message that it received, entered behind or is informed of; `undefined` while it is
   * unknown. */
  last: number | undefined;
  isIn: boolean;
}

/**
 * One session of a client, over all of its connections: what it should receive.
 *
 * It may be in any number of rooms.
 */
export class Life {
  name = "";
  /** False once the client has left, or has lost the session. */
  isOpen = true;
  lastWhisper = 0;
  readonly #names = new Set<string>();
  readonly #cursors = new Map<string, Cursor>();
  readonly #missed = new Map<string, number[]>();
  /** Rooms of a user of text lines, in the order of the requests, and the one of the last message. */
  readonly #visited: string[] = [];
  #visit = 0;
  readonly #lastLines = new Map<Life, number>();

  constructor(readonly isTextUser = false) {}

  /** The session has this name now. */
  named(name: string): void {
    this.name = name;
    this.#names.add(name.toLowerCase());
  }

  /** The client has requested a name; the answer may be lost. */
  mayBeNamed(name: string): void {
    this.#names.add(name.toLowerCase());
  }

  /** Whether the session lasts, and has this name. */
  isNow(name: string): boolean {
    return this.isOpen && this.name.toLowerCase() === name.toLowerCase();
  }

  /** The names that the session has or had, in lower case. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** The member enters a room. @param seq number of the room's last message, if it is known. */
  entered(room: string, seq: number | undefined): void {
    this.#cursors.set(room, { last: seq, isIn: true });
    this.#visited.push(room);
  }

  left(room: string): void {
    const cursor = this.#cursors.get(room);
    if (cursor !== undefined) cursor.isIn = false;
  }

  /** Leaves all rooms but this one. */
  leftAllBut(room: string): void {
    for (const other of this.#cursors.keys()) if (other !== room) this.left(other);
  }

  isIn(room: string): boolean {
    return this.#cursors.get(room)?.isIn === true;
  }

  /** @returns the fault, if any. */
  reached(room: string, seq: number): string | undefined {
    const cursor = this.#cursors.get(room);
    if (cursor?.isIn !== true) return `it is not in ${room}`;
    const { last } = cursor;
    if (last !== undefined && seq <= last) return `number ${seq} comes after ${last}`;
    if (last !== undefined) this.#miss(room, last + 1, seq - 1);
    cursor.last = seq;
    return undefined;
  }

  /** @returns the fault, if any. */
  skipped(room: string, from: number, to: number): string | undefined {
    const cursor = this.#cursors.get(room);
    if (cursor === undefined) return `it was never in ${room}`;
    const { last } = cursor;
    if (last !== undefined && from <= last) return `number ${from} comes after ${last}`;
    if (last !== undefined) this.#miss(room, last + 1, from - 1);
    cursor.last = to;
    return undefined;
  }

  /** The numbers that passed without a message: those of its own ones, or lost. */
  missed(): Iterable<[room: string, seqs: readonly number[]]> {
    return this.#missed;
  }

  /** Where the member is in its rooms now. */
  *positions(): Iterable<[room: string, last: number]> {
    for (const [room, { isIn, last }] of this.#cursors) {
      if (isIn && last !== undefined) yield [room, last];
    }
  }

  /** A message as a line of text, without its number. @returns the fault, if any. */
  receivedLine(room: string, by: Life, number: number): string | undefined {
    const before = this.#lastLines.get(by) ?? -1;
    if (number <= before) return `it comes after m${before}`;
    this.#lastLines.set(by, number);
    const visit = this.#visited.indexOf(room, this.#visit);
    if (visit < 0) return `it is not in ${room}`;
    this.#visit = visit;
    return undefined;
  }

  #miss(room: string, from: number, to: number): void {
    const missed = this.#missed.get(room) ?? [];
    for (let seq = from; seq <= to; seq++) missed.push(seq);
    if (missed.length > 0) this.#missed.set(room, missed);
  }
}
