import type { Resume, ServerFrame } from "../../protocol/frames.ts";

/** A session, and the last message and whisper of it that were received. */
export type SessionPoint = Required<Resume>;

type JoinedFrame = Extract<ServerFrame, { type: "joined" }>;

/** Whether this client itself has entered another room: only then the frame has the number of the
 * room's last message. */
export function isOwnMove(
  frame: JoinedFrame,
  self: string,
): frame is JoinedFrame & { readonly seq: number } {
  return frame.name === self && frame.seq !== undefined;
}

/**
 * The last received message and whisper of a session, for its resumption.
 *
 * 1. A server that skips messages of the room still acknowledges. So an acknowledgement counts only if
 *    it is the next number: otherwise the skipped messages before it would never be requested. The
 *    server does not replay a client's own messages in any case.
 * 2. A session may continue in another room than the last one that this client has received: the answer
 *    to a change of room was lost. Until a message of the new room arrives, the point stays in the room
 *    before, so that the server replays all of the new one.
 */
export class ResumePoint {
  #session = "";
  #room = "";
  /** Number of the last received message, and its room. */
  #seq = 0;
  #seqRoom = "";
  #whisper = 0;

  constructor(resume?: SessionPoint) {
    if (resume === undefined) return;
    this.#session = resume.session;
    this.#room = resume.room;
    this.#seq = resume.seq;
    this.#seqRoom = resume.room;
    this.#whisper = resume.whisper;
  }

  /** The room of the session; empty before the first `welcome`. */
  get room(): string {
    return this.#room;
  }

  /** The `resume` field of a `hello`; `undefined` before the first `welcome`. */
  get point(): SessionPoint | undefined {
    if (this.#session === "") return undefined;
    return {
      session: this.#session,
      seq: this.#seq,
      room: this.#seqRoom,
      whisper: this.#whisper,
    };
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
        if (frame.seq === this.#seq + 1) this.#reached(this.#seqRoom, frame.seq);
        break;
      case "joined":
        if (isOwnMove(frame, self)) this.#enter(frame.room, frame.seq);
        break;
      case "whisper":
        this.#whisper = Math.max(this.#whisper, frame.number ?? 0);
        break;
    }
  }

  #welcome({ session, room, seq, resumed }: ServerFrame & { type: "welcome" }): void {
    this.#session = session;
    // The missed messages follow, and count when they arrive.
    if (resumed === true) {
      this.#room = room;
      return;
    }
    this.#whisper = 0;
    this.#enter(room, seq);
  }

  #enter(room: string, seq: number): void {
    this.#room = room;
    this.#seqRoom = room;
    this.#seq = seq;
  }

  #reached(room: string, seq: number): void {
    if (room !== this.#room) return;
    this.#seq = room === this.#seqRoom ? Math.max(this.#seq, seq) : seq;
    this.#seqRoom = room;
  }
}
