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
  /** Number of the last received message; absent until one is received in a room whose `joined` was
   * lost: the server then sends all messages since it entered the room. */
  seq: number | undefined;
  /** Whether the session is in it. */
  readonly isIn: boolean;
}

/**
 * The rooms of a session, and the last received message of each and whisper, for its resumption.
 *
 * 1. A server that skips messages of a room still acknowledges. So an acknowledgement counts only if
 *    it is the next number: otherwise the skipped messages before it would never be requested. The
 *    server does not replay a client's own messages in any case.
 * 2. A resumed session may be in other rooms than those that this client has received: the answer to a
 *    change was lost. The place in a room that it has left stays part of the point until all own
 *    messages are acknowledged: the server searches there for those that it has accepted.
 */
export class ResumePoint {
  #session = "";
  #places = new Map<string, Place>();
  /** The place of the last frame. */
  #last: Place | undefined;
  #hasLeft = false;
  #whisper = 0;

  constructor(resume?: SessionPoint) {
    if (resume === undefined) return;
    this.#session = resume.session;
    for (const [name, seq] of Object.entries(resume.rooms)) this.#put(name, seq);
    this.#whisper = resume.whisper;
  }

  /** The names of the rooms of the session, in the order in which it entered them. */
  get rooms(): string[] {
    return [...this.#places.values()].filter(({ isIn }) => isIn).map(({ name }) => name);
  }

  isIn(room: string): boolean {
    return this.#places.get(nameKey(room))?.isIn === true;
  }

  /** The `resume` field of a `hello`; `undefined` before the first `welcome`. */
  get point(): SessionPoint | undefined {
    if (this.#session === "") return undefined;
    const known = [...this.#places.values()].flatMap(({ name, seq }) =>
      seq === undefined ? [] : [[name, seq] as const]
    );
    return { session: this.#session, rooms: Object.fromEntries(known), whisper: this.#whisper };
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
        if (isOwnJoin(frame, self)) this.#put(frame.room, frame.seq);
        break;
      case "left":
        if (isOwnLeave(frame, self)) this.#delete(nameKey(frame.room));
        break;
      case "whisper":
        this.#whisper = Math.max(this.#whisper, frame.number ?? 0);
        break;
    }
  }

  /** All own messages are acknowledged: forgets the rooms that the session has left. */
  settled(): void {
    if (!this.#hasLeft) return;
    this.#hasLeft = false;
    for (const [key, { isIn }] of this.#places) if (!isIn) this.#delete(key);
  }

  #welcome({ session, rooms, resumed }: FrameOf<"welcome">): void {
    this.#session = session;
    const before = this.#places;
    this.#places = new Map();
    this.#last = undefined;
    if (resumed !== true) this.#whisper = 0;
    for (const { room, seq } of rooms) {
      // The missed messages follow, and count when they arrive.
      this.#put(room, resumed === true ? before.get(nameKey(room))?.seq : seq);
    }
    if (resumed !== true) return;
    for (const [key, place] of before) {
      if (this.#places.has(key)) continue;
      this.#places.set(key, { ...place, isIn: false });
      this.#hasLeft = true;
    }
  }

  #put(name: string, seq: number | undefined): void {
    this.#last = { name, seq, isIn: true };
    this.#places.set(nameKey(name), this.#last);
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
    if (place?.isIn === true) place.seq = Math.max(place.seq ?? 0, seq);
  }
}
