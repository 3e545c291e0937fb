import type { ServerFrame } from "../protocol/mod.ts";
import type { ChatEvent } from "./core/connection_event.ts";

type SkippedFrame = ServerFrame & { readonly type: "skipped" };

/**
 * Received frames that were not read yet.
 *
 * 1. They are read in the order in which they arrived.
 * 2. Past the limit the oldest are dropped. A `skipped` frame for each room replaces the messages,
 *    the same that a server sends to a client that reads too slowly.
 * 3. After {@link end} the waiting frames can still be read; then reading ends.
 * 4. It has one reader at a time: two would each get half. A reader may request several frames before
 *    the first arrives: they resolve in that order. A reader that has stopped gets no frame.
 */
export class EventQueue {
  #frames: ChatEvent[] = [];
  #first = 0;
  /** The messages skipped before the oldest frame, by room. */
  readonly #skipped = new Map<string, SkippedFrame>();
  /** Pending requests of the reader, the oldest first. */
  readonly #requests: ((result: IteratorResult<ChatEvent, undefined>) => void)[] = [];
  #isBeingRead = false;
  #hasEnded = false;

  /**
   * @param limit maximum number of waiting frames.
   * @param onRead called after each frame that was read, and when a reader stops.
   */
  constructor(private readonly limit: number, private readonly onRead: () => void = () => {}) {}

  /** Number of waiting frames. */
  get length(): number {
    return this.#frames.length - this.#first + this.#skipped.size;
  }

  /** True between the start and the end of an iteration. */
  get isBeingRead(): boolean {
    return this.#isBeingRead;
  }

  push(frame: ChatEvent): void {
    if (this.#hasEnded) return;
    const request = this.#requests.shift();
    if (request !== undefined) return request({ value: frame, done: false });
    this.#frames.push(frame);
    if (this.#frames.length - this.#first > this.limit) this.#dropOldest();
  }

  end(): void {
    this.#hasEnded = true;
    this.#endRequests();
  }

  /**
   * Reads the frames.
   *
   * @throws {TypeError} if they are being read already.
   */
  read(): AsyncIterableIterator<ChatEvent, undefined> {
    if (this.#isBeingRead) throw new TypeError("Cannot read the events twice at the same time");
    this.#isBeingRead = true;
    let isStopped = false;
    const stop = (): Promise<IteratorReturnResult<undefined>> => {
      if (isStopped) return Promise.resolve({ value: undefined, done: true });
      isStopped = true;
      this.#isBeingRead = false;
      this.#endRequests();
      this.onRead(); // the producer need not wait for the reader any more
      return Promise.resolve({ value: undefined, done: true });
    };
    return {
      next: () => isStopped ? Promise.resolve({ value: undefined, done: true }) : this.#next(),
      return: stop,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #next(): Promise<IteratorResult<ChatEvent, undefined>> {
    const value = this.#take();
    if (value !== undefined) {
      this.onRead();
      return Promise.resolve({ value, done: false });
    }
    if (this.#hasEnded) return Promise.resolve({ value, done: true });
    return new Promise((resolve) => this.#requests.push(resolve));
  }

  #endRequests(): void {
    for (const request of this.#requests.splice(0)) request({ value: undefined, done: true });
  }

  #take(): ChatEvent | undefined {
    for (const [room, skipped] of this.#skipped) {
      this.#skipped.delete(room);
      return skipped;
    }
    const frame = this.#frames[this.#first];
    if (frame === undefined) return undefined;
    this.#first++;
    // Moving the rest down each time would make a long queue quadratic.
    if (this.#first * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
    return frame;
  }

  #dropOldest(): void {
    const frame = this.#frames[this.#first]!;
    this.#first++;
    if (this.#first > this.limit) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
    if (frame.type === "message") {
      const { room, seq } = frame;
      this.#skip({ type: "skipped", room, count: 1, from: seq, to: seq });
    } else if (frame.type === "skipped") this.#skip(frame);
  }

  #skip(frame: SkippedFrame): void {
    const before = this.#skipped.get(frame.room);
    const { count, from } = before ?? { count: 0, from: frame.from };
    this.#skipped.set(frame.room, { ...frame, count: count + frame.count, from });
  }
}
