import type { Scheduler, Slice } from "../scheduling/scheduler.ts";

export interface LongWorkHost {
  readonly isOver: boolean;
  /** Whether the connection is closed: answers are not needed any more. */
  readonly isClosed: boolean;
  /** Whether the client has no tokens, or does not read its answers. */
  readonly isBlocked: boolean;
  /** Makes the connection handle its input again. */
  wake(): void;
  failed(error: unknown): void;
}

/**
 * The work that a connection completes before its next input: a promise, or work in slices. There may be
 * several at a time: another client may cause work, too.
 *
 * A slice only runs while the client has tokens and reads its answers. Otherwise it is parked, and the
 * connection {@link resume | resumes} it.
 */
export class LongWork {
  #running = 0;
  readonly #parked: Slice[] = [];

  constructor(
    private readonly host: LongWorkHost,
    private readonly scheduler: Pick<Scheduler, "addSlice">,
  ) {}

  get isRunning(): boolean {
    return this.#running > 0;
  }

  /** Whether the work waits for tokens, or for the client to read. */
  get isParked(): boolean {
    return this.#parked.length > 0;
  }

  wait(work: Promise<void>): void {
    this.#running++;
    void work.catch((error) => this.host.failed(error)).then(() => this.#done());
  }

  /** Runs a step in slices until it returns false. */
  run(step: () => boolean): void {
    this.#running++;
    const slice: Slice = { slice: () => this.#runSlice(step, slice) };
    this.scheduler.addSlice(slice);
  }

  resume(): void {
    for (const slice of this.#parked.splice(0)) this.scheduler.addSlice(slice);
  }

  dropParked(): void {
    this.#running -= this.#parked.splice(0).length;
  }

  /** @returns whether another slice follows. */
  #runSlice(step: () => boolean, slice: Slice): boolean {
    const { host } = this;
    if (host.isOver) return false;
    if (!host.isClosed && host.isBlocked) {
      this.#parked.push(slice);
      host.wake();
      return false;
    }
    try {
      if (!host.isClosed && step()) return true;
    } catch (error) {
      host.failed(error);
    }
    this.#done();
    return false;
  }

  #done(): void {
    this.#running--;
    this.host.wake();
  }
}
