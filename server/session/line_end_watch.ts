import { type ByteString, MISSING_LINE_END_MILLISECONDS } from "../../protocol/mod.ts";
import { isOneKey, MessageEnds } from "../network/message_ends.ts";
import type { Clock } from "../scheduling/clock.ts";
import { PUNCTUAL_MILLISECONDS, PunctualTimer } from "../scheduling/punctual_timer.ts";

export interface LineEndHost extends Pick<Clock, "monotonic" | "after"> {
  /** Whether the socket is not read, so that it may have unread bytes. */
  isTransportPaused(): boolean;
  /** Reports the missing end to the client. @returns false if the line lacks more than its end. */
  onMissingEnd(): boolean;
  onLineEnd(): void;
}

/**
 * Detects lines without an end.
 *
 * Beginners write `sock.sendall(b"Alice")` and wait for an answer, while the server waits for LF.
 *
 * 1. Without a line timeout the client gets one error, {@link MISSING_LINE_END_MILLISECONDS} after the
 *    first byte of the line.
 * 2. A client that has sent a single character at a time is a terminal in character mode: it gets no
 *    error.
 * 3. With a line timeout, such a pause after the last byte ends the line, for terminals too. So does the
 *    next message of a client that sends no line feeds, see {@link MessageEnds}.
 * 4. A late timer means a busy server: the end of the line may have arrived unread. The same holds while
 *    the connection is paused.
 * 5. Complete lines cost one comparison per chunk and no timer.
 */
export class LineEndWatch {
  readonly #timer: PunctualTimer;
  /** Time of the next action; `undefined` without an incomplete line. */
  #due: number | undefined;
  /** Absent without a line timeout. */
  readonly #ends: MessageEnds | undefined;
  #isTyped = false;
  #isOver = false;

  /** @param pauseMilliseconds the line timeout; 0 for none. */
  constructor(private readonly host: LineEndHost, private readonly pauseMilliseconds: number) {
    this.#timer = new PunctualTimer(host);
    if (pauseMilliseconds === 0) return;
    this.#ends = new MessageEnds(() => host.monotonic(), pauseMilliseconds);
  }

  /** Examines a chunk, before it is decoded. */
  push(text: ByteString): void {
    if (text === "" || this.#isOver) return;
    const isNext = this.#ends?.beginsMessage(text) === true && !text.includes("\n");
    if (isNext && this.#due !== undefined) this.host.onLineEnd();
    if (text.endsWith("\n")) {
      this.#due = undefined;
      return;
    }
    const now = this.host.monotonic();
    if (this.pauseMilliseconds > 0) this.#due = now + this.pauseMilliseconds;
    else {
      if (isOneKey(text)) this.#isTyped = true;
      if (this.#isTyped) return this.stop();
      if (this.#due === undefined || text.includes("\n")) {
        this.#due = now + MISSING_LINE_END_MILLISECONDS;
      }
    }
    if (!this.#timer.isRunning) this.#wait(this.#due - now);
  }

  /** The connection is read again. A client can be paused for hours: no timer runs meanwhile. */
  resumed(): void {
    if (!this.#isOver && this.#due !== undefined && !this.#timer.isRunning) this.#waitForUnread();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer.stop();
  }

  #wait(milliseconds: number): void {
    this.#timer.start(milliseconds, () => this.#elapsed());
  }

  #waitForUnread(): void {
    this.#wait(this.pauseMilliseconds || PUNCTUAL_MILLISECONDS);
  }

  #elapsed(): void {
    if (this.#due === undefined) return;
    const now = this.host.monotonic();
    if (now < this.#due) return this.#wait(this.#due - now);
    const isLate = this.#timer.takeLate();
    if (this.host.isTransportPaused()) return; // `resumed` starts the next timer
    if (isLate) return this.#waitForUnread();
    this.#due = undefined;
    if (this.pauseMilliseconds > 0) return this.host.onLineEnd();
    if (this.host.onMissingEnd()) this.stop();
  }
}
