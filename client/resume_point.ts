import type { Resume, ServerFrame } from "../protocol/mod.ts";
import { isOwnMove } from "./requests.ts";

/**
 * How far a client has heard its server, so that a new connection goes on exactly there.
 *
 * A server that skips messages of the room still sends answers. So an acknowledgement counts as
 * heard only where it is the very next number: otherwise what was skipped before it would never be
 * asked for. What this client itself has said is not replayed by the server in any case.
 */
export class ResumePoint {
  #session = "";
  #room = "";
  #seq = 0;
  #whisper = 0;

  /** What to tell a server, or `undefined` before there is a session. */
  get resume(): Resume | undefined {
    if (this.#session === "") return undefined;
    return {
      session: this.#session,
      seq: this.#seq,
      room: this.#room,
      whisper: this.#whisper,
    };
  }

  /**
   * Takes note of a frame.
   *
   * @param self the name under which this client is known.
   */
  heard(frame: ServerFrame, self: string): void {
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
        if (frame.seq === this.#seq + 1) this.#seq = frame.seq;
        break;
      case "joined":
        if (isOwnMove(frame, self)) this.#enter(frame.room, frame.seq);
        break;
      case "whisper":
        if (frame.to === self) this.#whisper = Math.max(this.#whisper, frame.number ?? 0);
        break;
    }
  }

  #welcome({ session, room, seq, resumed }: ServerFrame & { type: "welcome" }): void {
    this.#session = session;
    // What was missed comes after the welcome, and counts when it is there.
    if (resumed === true && room === this.#room) return;
    if (resumed !== true) this.#whisper = 0;
    this.#enter(room, seq);
  }

  #enter(room: string, seq: number): void {
    this.#room = room;
    this.#seq = seq;
  }

  #reached(room: string, seq: number): void {
    if (room === this.#room) this.#seq = Math.max(this.#seq, seq);
  }
}
