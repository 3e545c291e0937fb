import type { Clock } from "./clock.ts";

/** A connection with input to handle. */
export interface Task {
  /** Handles up to `budget` inputs. @returns whether more are waiting. */
  work(budget: number): boolean;
}

/**
 * The order of tasks: first clients with few recent requests, then clients that have just connected, whose
 * first requests always look few, then all others.
 */
export type Urgency = "quiet" | "new" | "busy";

/** Long work in slices, such as the pages of a replay. */
export interface Slice {
  /** Does the next part, in about a millisecond at most. @returns whether another one follows. */
  slice(): boolean;
}

/** Maximum number of inputs of one connection before the next one is served. */
const INPUTS_PER_TASK = 256;

/** Maximum number of inputs of a quiet or new client before it is served among all others. */
const INPUTS_PER_QUIET_TASK = 8;

/** Minimum and maximum milliseconds of work before the flush. A flood does not fit, and quiet clients are
 * answered before it continues: against 8 flooders a quiet client's round trip was 5.4 ms with half a
 * millisecond, and 6.6 ms with a whole one. If a flush takes longer, because of many receivers, working as
 * long as the last flush makes the writes larger and fewer, and at most doubles the wait of a client. */
const MIN_WORK_MILLISECONDS = 0.5;
const MAX_WORK_MILLISECONDS = 4;

/** Milliseconds that a turn should take with quiet clients, flush included: they wait for one or two turns
 * each way. After a longer turn, fewer other tasks are served in the next one, at least one. */
const QUIET_TURN_MILLISECONDS = 2;

/** Milliseconds after the last quiet client during which turns stay short. */
const QUIET_MILLISECONDS = 1000;

/** Maximum number of other tasks per turn with quiet clients. */
const MAX_BUSY_TASKS = 256;

/** Milliseconds of slices per turn, at least one slice. All clients with long work share it: the others
 * wait for one slice at most. */
const SLICE_MILLISECONDS = 1;

/** Rest of the slices if clients have a rate limit, in multiples of their time: they get a tenth of the time
 * at most. Without the rest they took a quarter to a third of it in short turns, since a slice runs in each.
 * Without a rate limit they must not rest: a room could send more than a replay, which would never catch
 * up. */
export const SLICE_REST = 9;

export interface TurnOutput {
  /** Whether a flush should come before more output. */
  readonly isFull: boolean;
  /** Writes the output. @param now monotonic milliseconds. */
  flush(now: number): void;
}

/**
 * Runs the tasks of connections in turns: their input, then slices of long work, then the flush.
 *
 * Quiet clients come first. With more input than one core can handle, each client waits for all others:
 * with 300 clients that sent as much as allowed, the round trip of a whisper was 1.2 s; with the quiet
 * first 65 ms, and with short turns in addition some 10 ms.
 *
 * A readable socket only adds its task. The turn comes after all sockets (`setImmediate`), so that one write
 * per member contains the messages of many.
 */
export class Scheduler {
  #ready: Task[] = [];
  readonly #first: Record<"quiet" | "new", Task[]> = { quiet: [], new: [] };
  #slices: Slice[] = [];
  #isScheduled = false;
  #workMilliseconds = MIN_WORK_MILLISECONDS;
  /** Time of the last quiet task, in monotonic milliseconds. */
  #quietAt = -Infinity;
  #busyTasks = MAX_BUSY_TASKS;

  /** Time from which slices may run again, in monotonic milliseconds. */
  #slicesAt = -Infinity;
  #isWaking = false;

  /**
   * @param schedule runs a function after the callbacks of all sockets; default `setImmediate`.
   * @param sliceRest rest of the slices, in multiples of their time; default {@link SLICE_REST}.
   */
  constructor(
    private readonly clock: Pick<Clock, "monotonic" | "after">,
    private readonly output: TurnOutput,
    private readonly schedule: (run: () => void) => void = setImmediate,
    private readonly sliceRest = SLICE_REST,
  ) {}

  /** Adds a task, which stays until its `work` returns false. It must not be added twice. */
  add(task: Task, urgency: Urgency = "busy"): void {
    (urgency === "busy" ? this.#ready : this.#first[urgency]).push(task);
    this.request();
  }

  /** Adds long work; it gets a share of each turn until its `slice` returns false. */
  addSlice(slice: Slice): void {
    this.#slices.push(slice);
    this.request();
  }

  /** Requests a turn, and so a flush. */
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
    // Timers have at least 1 ms.
    if (wait < 1) return this.request();
    if (this.#isWaking) return;
    this.#isWaking = true;
    this.clock.after(wait, () => {
      this.#isWaking = false;
      this.request();
    });
  }

  /** Serves quiet or new clients, in the order in which they were added. */
  #serveFirst(urgency: "quiet" | "new", deadline: number): void {
    const tasks = this.#first[urgency];
    if (tasks.length === 0) return;
    this.#first[urgency] = [];
    let done = 0;
    while (done < tasks.length && (done === 0 || this.#hasTime(deadline))) {
      const task = tasks[done++]!;
      if (task.work(INPUTS_PER_QUIET_TASK)) this.#ready.push(task);
    }
    if (done < tasks.length) this.#first[urgency] = tasks.slice(done).concat(this.#first[urgency]);
  }

  /**
   * Serves all other tasks, in order and repeatedly, until the time is over. The next turn starts with the
   * first task that was not reached. At least one is served, even if the quiet ones take all of the time.
   */
  #serveBusy(deadline: number, isShort: boolean): void {
    let left = isShort ? this.#busyTasks : Infinity;
    let mayStart = !this.output.isFull;
    while (mayStart && left > 0 && this.#ready.length > 0) {
      const tasks = this.#ready;
      const again: Task[] = [];
      const count = Math.min(tasks.length, left);
      let done = 0;
      while (done < count && (done === 0 || this.#hasTime(deadline))) {
        const task = tasks[done++]!;
        if (task.work(INPUTS_PER_TASK)) again.push(task);
      }
      this.#ready = tasks.slice(done).concat(again);
      left -= done;
      mayStart = this.#hasTime(deadline);
    }
  }

  #hasTime(deadline: number): boolean {
    return !this.output.isFull && this.clock.monotonic() < deadline;
  }

  /** Runs slices in the order in which they were added; the next turn starts with the remaining ones. */
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
}
