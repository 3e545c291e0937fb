import type { Resume, ServerFrame } from "../../protocol/mod.ts";

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
 * How far a client has heard its server, so that a new connection goes on exactly there.
 *
 * A server that skips messages of the room still sends answers. So an acknowledgement counts as
 * heard only where it is the very next number: otherwise what was skipped before it would never be
 * asked for. What this client itself has said is not replayed by the server in any case.
 *
 * A session may go on in another room than this client has last heard of, since the answer to a
 * change of room was lost. Until a message of that room is heard, the last one heard is of the room
 * before: that tells the server to replay all that was said in the new one.
 */
export class ResumePoint {
  #session = "";
  /** The room that it is in. */
  #room = "";
  /** The last message that was heard, and the room that it belongs to. */
  #seq = 0;
  #seqRoom = "";
  #whisper = 0;

  /** The room that it is in; empty before there is a session. */
  get room(): string {
    return this.#room;
  }

  /** What to tell a server, or `undefined` before there is a session. */
  get resume(): Resume | undefined {
    if (this.#session === "") return undefined;
    return {
      session: this.#session,
      seq: this.#seq,
      room: this.#seqRoom,
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
        if (frame.seq === this.#seq + 1) this.#reached(this.#seqRoom, frame.seq);
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
