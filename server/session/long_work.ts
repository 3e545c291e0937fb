import type { SessionConnection } from "./session_server.ts";
import type { Slice } from "../scheduling/scheduler.ts";

/** What long work needs of the session that it is done for. */
export interface LongWorkSession {
  readonly isEnded: boolean;
  /** Whether the client is gone: its answers are not needed any more. */
  readonly isGone: boolean;
  /** Whether the client has no tokens, or does not read its answers. */
  readonly isBlocked: boolean;
  /** Receives what the work has thrown. */
  failed(error: unknown): void;
}

/**
 * What a session waits for before it works on its next input: a promise, or work in slices.
 *
 * A slice only runs while the client has tokens and reads its answers. Otherwise it is parked, and the
 * session {@link resume | resumes} it.
 */
export class LongWork {
  #isRunning = false;
  #parked: Slice | undefined;

  constructor(
    private readonly session: LongWorkSession,
    private readonly connection: Pick<SessionConnection, "addSlice" | "wake">,
  ) {}

  /** Whether there is work that is not done. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Whether the work waits for tokens, or for the client to read. */
  get isParked(): boolean {
    return this.#parked !== undefined;
  }

  /** Waits for a promise. */
  wait(work: Promise<void>): void {
    this.#isRunning = true;
    work.then(() => this.#done()).catch((error) => {
      this.session.failed(error);
      this.#done();
    });
  }

  /** Runs steps as slices; each returns true if there is more. */
  run(step: () => boolean): void {
    this.#isRunning = true;
    const slice: Slice = { slice: () => this.#runSlice(step, slice) };
    this.connection.addSlice(slice);
  }

  /** Goes on with what is parked. */
  resume(): void {
    const parked = this.#parked;
    this.#parked = undefined;
    if (parked !== undefined) this.connection.addSlice(parked);
  }

  /** Drops what is parked: the client is gone. */
  dropParked(): void {
    if (this.#parked !== undefined) this.#isRunning = false;
    this.#parked = undefined;
  }

  /** @returns whether there is more that can be done now. */
  #runSlice(step: () => boolean, slice: Slice): boolean {
    const { session } = this;
    if (session.isEnded) return false;
    if (!session.isGone && session.isBlocked) {
      this.#parked = slice;
      this.connection.wake();
      return false;
    }
    try {
      if (!session.isGone && step()) return true;
    } catch (error) {
      session.failed(error);
    }
    this.#done();
    return false;
  }

  #done(): void {
    this.#isRunning = false;
    this.connection.wake();
  }
}
