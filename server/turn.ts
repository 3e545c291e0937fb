import type { Clock } from "./clock.ts";

/** Something that has input to work on. */
export interface TurnTask {
  /** Works on at most so many inputs; returns true if there is more for the next round. */
  work(budget: number): boolean;
}

/** A part of long work that was cut into slices: a page of history, a page of a replay. */
export interface Slice {
  /** Does the next part, in at most about a millisecond; returns true if there is more. */
  slice(): boolean;
}

/** Inputs of one connection before the next one has its round. */
const INPUTS_PER_ROUND = 256;

/** Milliseconds of work before what was said is written, at least and at most. A flood does not fit,
 * and the quiet ones are answered before it goes on: against 8 flooders a quiet client's round trip
 * was 5.4 ms with half a millisecond, and 6.6 ms with twice as much. Where writing takes longer than
 * that, since many listen, working as long as writing took last time makes the writes larger and
 * fewer, and at most doubles what anybody waits. */
const MIN_WORK_MILLISECONDS = 0.5;
const MAX_WORK_MILLISECONDS = 4;

/** Milliseconds for slices in one turn, at least one slice. Clients that ask for long work share this
 * among themselves, however many they are: all others wait for one slice at most. */
const SLICE_MILLISECONDS = 1;

/** Where a turn's words go. */
export interface TurnOutput {
  /** True when it is best to write before more is said. */
  readonly isFull: boolean;
  /**
   * Writes everything that was said.
   *
   * @param now monotonic milliseconds.
   */
  flush(now: number): void;
}

/**
 * The turn: works on what came in, all connections in rounds, then on slices of long work, then writes
 * what was said.
 *
 * While the sockets that are readable deliver their chunks, they only sign up here. The turn comes
 * after them all (`setImmediate`), so that one write a member carries what many have said.
 */
export class Turn {
  #ready: TurnTask[] = [];
  #slices: Slice[] = [];
  #isScheduled = false;
  #workMilliseconds = MIN_WORK_MILLISECONDS;

  /**
   * @param schedule runs a function after all sockets had their say; `setImmediate` by default.
   */
  constructor(
    private readonly clock: Pick<Clock, "monotonic">,
    private readonly output: TurnOutput,
    private readonly schedule: (run: () => void) => void = setImmediate,
  ) {}

  /** Signs up for this turn. A task signs up once and is in until its `work` returns false. */
  add(task: TurnTask): void {
    this.#ready.push(task);
    this.request();
  }

  /** Adds long work; it gets a share of each turn until its `slice` returns false. */
  addSlice(slice: Slice): void {
    this.#slices.push(slice);
    this.request();
  }

  /** Makes sure that there is a turn, and so a flush. */
  request(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.schedule(this.#run);
  }

  #run = (): void => {
    const { clock, output } = this;
    const deadline = clock.monotonic() + this.#workMilliseconds;
    while (this.#ready.length > 0 && this.#hasRoom(deadline)) this.#round(deadline);
    if (this.#slices.length > 0) this.#runSlices();
    this.#isScheduled = false;
    const written = clock.monotonic();
    output.flush(written);
    const flushMilliseconds = clock.monotonic() - written;
    this.#workMilliseconds = Math.min(
      Math.max(flushMilliseconds, MIN_WORK_MILLISECONDS),
      MAX_WORK_MILLISECONDS,
    );
    if (this.#ready.length > 0 || this.#slices.length > 0) this.request();
  };

  #hasRoom(deadline: number): boolean {
    return !this.output.isFull && this.clock.monotonic() < deadline;
  }

  /** Slices in the order in which they came, one each; who was not reached is first in the next turn. */
  #runSlices(): void {
    const slices = this.#slices;
    this.#slices = [];
    const again: Slice[] = [];
    const deadline = this.clock.monotonic() + SLICE_MILLISECONDS;
    let done = 0;
    do {
      const next = slices[done++]!;
      if (next.slice()) again.push(next);
    } while (done < slices.length && this.clock.monotonic() < deadline);
    // A slice may have added others.
    this.#slices = [...slices.slice(done), ...this.#slices, ...again];
  }

  /** One round: everybody who is ready, in order. Who was not reached is first in the next one. */
  #round(deadline: number): void {
    const round = this.#ready;
    const again: TurnTask[] = [];
    let done = 0;
    while (done < round.length && (done === 0 || this.#hasRoom(deadline))) {
      const task = round[done++]!;
      if (task.work(INPUTS_PER_ROUND)) again.push(task);
    }
    this.#ready = round.slice(done).concat(again);
  }
}
