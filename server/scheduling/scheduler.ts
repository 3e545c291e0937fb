import type { Clock } from "./clock.ts";

/** Something that has input to work on. */
export interface Task {
  /** Works on at most so many inputs; returns true if there is more for the next round. */
  work(budget: number): boolean;
}

/**
 * Which tasks come first: those of clients that have asked for little lately, then those of clients that
 * have just come, whose first requests all look like little, then all others.
 */
export type Urgency = "quiet" | "new" | "busy";

/** A part of long work that was cut into slices: a page of history, a page of a replay. */
export interface Slice {
  /** Does the next part, in at most about a millisecond; returns true if there is more. */
  slice(): boolean;
}

/** Inputs of one connection before the next one has its round. */
const INPUTS_PER_ROUND = 256;

/** Inputs of a connection that comes first before it has its rounds with the others. */
const INPUTS_PER_QUIET_TASK = 8;

/** Milliseconds of work before what was said is written, at least and at most. A flood does not fit,
 * and the quiet ones are answered before it goes on: against 8 flooders a quiet client's round trip
 * was 5.4 ms with half a millisecond, and 6.6 ms with twice as much. Where writing takes longer than
 * that, since many listen, working as long as writing took last time makes the writes larger and
 * fewer, and at most doubles what anybody waits. */
const MIN_WORK_MILLISECONDS = 0.5;
const MAX_WORK_MILLISECONDS = 4;

/** Milliseconds that a turn should take while quiet clients are about, writing included: they wait for
 * one or two turns on either way. Where it takes longer, fewer of the others are reached in the next
 * one, one at least. */
const QUIET_TURN_MILLISECONDS = 2;

/** For how long after the last quiet client turns stay short, in milliseconds. */
const QUIET_MILLISECONDS = 1000;

/** The most clients that are not quiet which are reached in one turn while quiet ones are about. */
const MAX_BUSY_TASKS = 256;

/** Milliseconds for slices in one turn, at least one slice. Clients that ask for long work share this
 * among themselves, however many they are: all others wait for one slice at most. */
const SLICE_MILLISECONDS = 1;

/** For how long slices rest after they ran where clients have a rate, in multiples of the time that they
 * took: a tenth of the time is theirs at the most. Without the rest they took a quarter to a third of it
 * where turns are short, since a slice runs in each. Without a rate they must not rest: a room would
 * say more than a replay can send, and it would never catch up. */
export const SLICE_REST = 9;

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
 * The quiet come first. With more input than one core can work on, everybody who is ready waits for
 * all others: with 300 clients that sent as much as they may, a whisper took 1.2 s there and back, with
 * the quiet first 65 ms, and with short turns besides some 10 ms.
 *
 * While the sockets that are readable deliver their chunks, they only sign up here. The turn comes
 * after them all (`setImmediate`), so that one write a member carries what many have said.
 */
export class Scheduler {
  #ready: Task[] = [];
  readonly #first: Record<"quiet" | "new", Task[]> = { quiet: [], new: [] };
  #slices: Slice[] = [];
  #isScheduled = false;
  #workMilliseconds = MIN_WORK_MILLISECONDS;
  /** When the last quiet task was worked on, in monotonic milliseconds. */
  #quietAt = -Infinity;
  /** Tasks that are not quiet in one turn, while there are quiet ones. */
  #busyTasks = MAX_BUSY_TASKS;

  /** From when on slices may run again, in monotonic milliseconds. */
  #slicesAt = -Infinity;
  #isWaking = false;

  /**
   * @param schedule runs a function after all sockets had their say; `setImmediate` by default.
   * @param after runs a function after so many milliseconds; `setTimeout` by default.
   * @param sliceRest how long slices rest, in multiples of the time that they took; {@link SLICE_REST}
   *   by default.
   */
  constructor(
    private readonly clock: Pick<Clock, "monotonic">,
    private readonly output: TurnOutput,
    private readonly schedule: (run: () => void) => void = setImmediate,
    private readonly after: (run: () => void, milliseconds: number) => void = (
      run,
      milliseconds,
    ) => void setTimeout(run, milliseconds),
    private readonly sliceRest = SLICE_REST,
  ) {}

  /** Signs up for this turn. A task signs up once and is in until its `work` returns false. */
  add(task: Task, urgency: Urgency = "busy"): void {
    (urgency === "busy" ? this.#ready : this.#first[urgency]).push(task);
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
    const start = clock.monotonic();
    const deadline = start + this.#workMilliseconds;
    if (this.#first.quiet.length > 0) this.#quietAt = start;
    this.#serveFirst("quiet", deadline);
    this.#serveFirst("new", deadline);
    this.#serveBusy(deadline, start - this.#quietAt < QUIET_MILLISECONDS);
    if (this.#slices.length > 0 && start >= this.#slicesAt) this.#runSlices();
    this.#isScheduled = false;
    const written = clock.monotonic();
    output.flush(written);
    const end = clock.monotonic();
    const flushMilliseconds = end - written;
    this.#busyTasks = end - start > QUIET_TURN_MILLISECONDS
      ? Math.max(this.#busyTasks >> 1, 1)
      : Math.min(this.#busyTasks + 1, MAX_BUSY_TASKS);
    this.#workMilliseconds = Math.min(
      Math.max(flushMilliseconds, MIN_WORK_MILLISECONDS),
      MAX_WORK_MILLISECONDS,
    );
    if (this.#hasTasks) this.request();
    else if (this.#slices.length > 0) this.#wakeForSlices(end);
  };

  get #hasTasks(): boolean {
    const { quiet, new: fresh } = this.#first;
    return this.#ready.length + quiet.length + fresh.length > 0;
  }

  #wakeForSlices(now: number): void {
    const wait = this.#slicesAt - now;
    // No timer is as short.
    if (wait < 1) return this.request();
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.after(() => {
      this.#isWaking = false;
      this.request();
    }, wait);
  }

  /** One round of those that come first, in the order in which they signed up. */
  #serveFirst(urgency: "quiet" | "new", deadline: number): void {
    const tasks = this.#first[urgency];
    if (tasks.length === 0) return;
    this.#first[urgency] = [];
    let done = 0;
    while (done < tasks.length && (done === 0 || this.#hasRoom(deadline))) {
      const task = tasks[done++]!;
      if (task.work(INPUTS_PER_QUIET_TASK)) this.#ready.push(task);
    }
    if (done < tasks.length) this.#first[urgency] = tasks.slice(done).concat(this.#first[urgency]);
  }

  /** Rounds of the others until the time is over. The quiet may take all of it, and still not hold
   * them up for good. */
  #serveBusy(deadline: number, isShort: boolean): void {
    let left = isShort ? this.#busyTasks : Infinity;
    let isFirst = true;
    while (left > 0 && this.#ready.length > 0) {
      if (isFirst ? this.output.isFull : !this.#hasRoom(deadline)) return;
      left -= this.#round(deadline, left);
      isFirst = false;
    }
  }

  #hasRoom(deadline: number): boolean {
    return !this.output.isFull && this.clock.monotonic() < deadline;
  }

  /** Slices in the order in which they came, one each; who was not reached is first in the next turn. */
  #runSlices(): void {
    const slices = this.#slices;
    this.#slices = [];
    const again: Slice[] = [];
    const start = this.clock.monotonic();
    const deadline = start + SLICE_MILLISECONDS;
    let done = 0;
    do {
      const next = slices[done++]!;
      if (next.slice()) again.push(next);
    } while (done < slices.length && this.clock.monotonic() < deadline);
    const end = this.clock.monotonic();
    this.#slicesAt = end + this.sliceRest * (end - start);
    // A slice may have added others.
    this.#slices = [...slices.slice(done), ...this.#slices, ...again];
  }

  /**
   * One round: everybody who is ready, in order. Who was not reached is first in the next one.
   *
   * @param most how many are reached at most.
   * @returns how many were reached.
   */
  #round(deadline: number, most: number): number {
    const round = this.#ready;
    const again: Task[] = [];
    let done = 0;
    const count = Math.min(round.length, most);
    while (done < count && (done === 0 || this.#hasRoom(deadline))) {
      const task = round[done++]!;
      if (task.work(INPUTS_PER_ROUND)) again.push(task);
    }
    this.#ready = round.slice(done).concat(again);
    return done;
  }
}
