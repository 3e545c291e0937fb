import type { Resume, ServerFrame } from "../../protocol/frames.ts";
import { nameKey } from "../../protocol/names.ts";

/** A session, and the last message of each room and the last whisper that were received. */
export type SessionPoint = Required<Resume>;

type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

/** Whether this client itself has entered a room: only then the frame has the number of the room's last
 * message. */
export function isOwnJoin(
  frame: FrameOf<"joined">,
  self: string,
): frame is FrameOf<"joined"> & { readonly seq: number } {
  return frame.name === self && frame.seq !== undefined;
}

/** Whether this client itself has left a room, and stays in the chat. */
export function isOwnLeave(frame: FrameOf<"left">, self: string): boolean {
  return frame.name === self && frame.online === true;
}

/** A room of the session. */
interface Place {
  readonly name: string;
  /** Number of the last received message; 0 until one is received in a room whose `joined` was lost: the
   * server then sends all messages since it entered the room. */
  seq: number;
  /** Whether the session is in it. */
  readonly isIn: boolean;
  /** Number behind which the server must search for repeated messages of an earlier stay; absent once
   * they are answered. */
  searchFrom?: number | undefined;
  /** Number of the last message that the server may replay though it was received. */
  readonly repeatedTo?: number;
}

/**
 * The rooms of a session, and the last received message of each and whisper, for its resumption.
 *
 * 1. A server that skips messages of a room still acknowledges. So an acknowledgement counts only if
 *    it is the next number: otherwise the skipped messages before it would never be requested. The
 *    server does not replay a client's own messages in any case.
 * 2. A resumed session may be in other rooms than those that this client has received: the answer to a
 *    change was lost. The place in a room that it has left stays part of the point until all own
 *    messages of earlier connections are answered: the server searches there for those that it has
 *    accepted.
 * 3. For the same reason the number of a room that it has entered meanwhile is held back until then: that
 *    of the new stay is behind the messages of the one before. A session that is resumed there receives
 *    messages again, which {@link unseen} drops.
 */
export class ResumePoint {
  #session = "";
  #places = new Map<string, Place>();
  /** The place of the last frame. */
  #last: Place | undefined;
  /** Whether a number or a room is kept only for the search. */
  #isUnsettled = false;
  #whisper = 0;

  constructor(resume?: SessionPoint) {
    if (resume === undefined) return;
    this.#session = resume.session;
    for (const [name, seq] of Object.entries(resume.rooms)) this.#put({ name, seq, isIn: true });
    this.#whisper = resume.whisper;
  }

  /** The names of the rooms of the session, in the order in which it entered them. */
  get rooms(): string[] {
    return [...this.#places.values()].filter(({ isIn }) => isIn).map(({ name }) => name);
  }

  isIn(room: string): boolean {
    return this.#places.get(nameKey(room))?.isIn === true;
  }

  /** The point of what was received; `undefined` before the first `welcome`. */
  get point(): SessionPoint | undefined {
    return this.#pointOf(({ seq }) => seq);
  }

  /**
   * The `resume` field of the `hello` of a client that repeats messages: behind these numbers the server
   * finds those that it has accepted.
   *
   * @param requested rooms that the session may have entered, and left again, without an answer that arrived.
   */
  pointWith(requested: readonly string[]): SessionPoint | undefined {
    if (this.#session !== "") {
      for (const name of requested) this.#search({ name, seq: 0, isIn: false });
    }
    return this.#pointOf(({ seq, searchFrom = seq }) => searchFrom);
  }

  /** What is new of a frame; `undefined` for a message that was received before. */
  unseen(frame: ServerFrame): ServerFrame | undefined {
    if (frame.type !== "message" && frame.type !== "skipped") return frame;
    const from = (this.#placeOf(frame.room)?.repeatedTo ?? 0) + 1;
    if (frame.type === "message") return frame.seq < from ? undefined : frame;
    if (frame.to < from) return undefined;
    return frame.from < from ? { ...frame, from, count: frame.to - from + 1 } : frame;
  }

  /** Updates the point by a frame. @param self the name of this client. */
  received(frame: ServerFrame, self: string): void {
    switch (frame.type) {
      case "welcome":
        this.#welcome(frame);
        break;
      case "message":
        this.#reached(frame.room, frame.seq);
        break;
      case "skipped":
        this.#reached(frame.room, frame.to);
        break;
      case "ack":
        if (frame.room === undefined || frame.seq === undefined) break;
        if (frame.seq - 1 === this.#placeOf(frame.room)?.seq) this.#reached(frame.room, frame.seq);
        break;
      case "joined":
        if (!isOwnJoin(frame, self)) break;
        this.#search({ name: frame.room, seq: 0, isIn: false });
        this.#put({ ...this.#placeOf(frame.room), name: frame.room, seq: frame.seq, isIn: true });
        break;
      case "left":
        if (isOwnLeave(frame, self)) this.#delete(nameKey(frame.room));
        break;
      case "whisper":
        this.#whisper = Math.max(this.#whisper, frame.number ?? 0);
        break;
    }
  }

  /** All messages of earlier connections are answered: the server searches for none. */
  settled(): void {
    if (!this.#isUnsettled) return;
    this.#isUnsettled = false;
    for (const [key, place] of this.#places) {
      if (place.isIn) place.searchFrom = undefined;
      else this.#delete(key);
    }
  }

  #welcome({ session, rooms, resumed }: FrameOf<"welcome">): void {
    this.#session = session;
    const before = this.#places;
    this.#places = new Map();
    this.#last = undefined;
    const isResumed = resumed === true;
    const known = isResumed ? before : new Map<string, Place>();
    if (!isResumed) this.#whisper = 0;
    for (const { room: name, seq: last } of rooms) {
      // The missed messages follow, and count when they arrive.
      const { seq = isResumed ? 0 : last, searchFrom } = known.get(nameKey(name)) ?? {};
      const repeatedTo = searchFrom === undefined ? 0 : seq;
      this.#put({ name, seq, isIn: true, searchFrom, repeatedTo });
    }
    for (const [key, place] of known) {
      if (this.#places.has(key)) continue;
      this.#places.set(key, { ...place, isIn: false });
      this.#isUnsettled = true;
    }
  }

  /** Holds the number of a room back. @param unknown its place if it has none. */
  #search(unknown: Place): void {
    const place = this.#placeOf(unknown.name) ?? unknown;
    place.searchFrom ??= place.seq;
    this.#put(place);
    this.#isUnsettled = true;
  }

  #pointOf(numberOf: (place: Place) => number): SessionPoint | undefined {
    if (this.#session === "") return undefined;
    const places = [...this.#places.values()].map((place) =>
      [place.name, numberOf(place)] as const
    );
    return { session: this.#session, rooms: Object.fromEntries(places), whisper: this.#whisper };
  }

  #put(place: Place): void {
    this.#last = place;
    this.#places.set(nameKey(place.name), place);
  }

  #delete(key: string): void {
    this.#places.delete(key);
    this.#last = undefined;
  }

  #placeOf(room: string): Place | undefined {
    if (this.#last?.name !== room) this.#last = this.#places.get(nameKey(room));
    return this.#last;
  }

  #reached(room: string, seq: number): void {
    const place = this.#placeOf(room);
    if (place?.isIn === true) place.seq = Math.max(place.seq, seq);
  }
}
