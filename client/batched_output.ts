import type { Clock } from "./core/clock.ts";
import type { ChatOutcome } from "./outcome.ts";

/** The used part of a writable stream of `node:stream`. */
export interface OutputStream {
  /** As `Writable.write`: false means to wait for `drain`. */
  write(text: string, written?: (error?: Error | null) => void): boolean;
  /** Receives the signal that it can be written to again, or never again. */
  on(event: "drain" | "close", listener: () => void): unknown;
  /** Receives a write error. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Removes a listener. */
  removeListener(event: "drain" | "close", listener: () => void): unknown;
}

/** Error codes of a stream whose reader has gone. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_DESTROYED"]);

/** Milliseconds that received lines wait to be written together to a pipe. */
export const PIPE_BATCH_MILLISECONDS = 1;

/** Characters that may wait before {@link BatchedOutput.ready} makes the writer wait. */
const MAX_WAITING_CHARACTERS = 65_536;

/**
 * Writes text in batches: one write per line would make a terminal flicker and a pipe slow.
 *
 * 1. Added text is written together and in order, after the given delay at most.
 * 2. While the stream is full nothing is written; {@link ready} lets the caller wait.
 * 3. When the stream breaks, all text is dropped, and {@link broken} and all waits resolve.
 */
export class BatchedOutput {
  /** Resolves when the stream accepts no more text. */
  readonly broken: Promise<void>;
  #waiting = "";
  #cancel: (() => void) | undefined;
  #isFull = false;
  #isBroken = false;
  /** The reason why it broke, unless its reader has gone. */
  #failure: string | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  readonly #broken = Promise.withResolvers<void>();
  readonly #onDrain = () => this.#drain();
  readonly #onBreak = (error?: unknown) => this.#break(error);

  /**
   * @param delay maximum milliseconds that text waits for more.
   * @param draw writes a batch and returns what the stream's `write` returned; default: just that.
   */
  constructor(
    private readonly stream: OutputStream,
    private readonly clock: Clock,
    private readonly delay: number,
    private readonly draw: (text: string) => boolean = (text) => stream.write(text),
  ) {
    this.broken = this.#broken.promise;
    stream.on("drain", this.#onDrain);
    stream.on("error", this.#onBreak);
    stream.on("close", this.#onBreak);
  }

  /**
   * The outcome of a broken stream; `undefined` if it works or its reader has gone.
   *
   * @param errors receives the reason.
   */
  outcome(errors: OutputStream): ChatOutcome | undefined {
    if (this.#failure === undefined) return undefined;
    errors.write(`Cannot write the messages: ${this.#failure}.\n`);
    return { type: "unwritable" };
  }

  /** Adds text to the next batch. */
  add(text: string): void {
    if (this.#isBroken || text === "") return;
    this.#waiting += text;
    this.#cancel ??= this.clock.after(this.delay, () => this.flush());
  }

  /** Writes the waiting text, unless the stream is full. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#waiting === "" || this.#isFull) return;
    const text = this.#waiting;
    this.#waiting = "";
    try {
      this.#isFull = !this.draw(text);
    } catch (error) {
      // Standard output throws on a full disk.
      this.#break(error);
    }
  }

  /** Resolves at once unless too much text waits; then when the stream has accepted it. */
  async ready(): Promise<void> {
    if (this.#isBroken || this.#waiting.length < MAX_WAITING_CHARACTERS) return;
    this.flush();
    if (!this.#isFull) return;
    this.#drained ??= Promise.withResolvers<void>();
    await this.#drained.promise;
  }

  /** Writes everything, waits until it is written, and releases the stream. */
  async finish(): Promise<void> {
    while (this.#waiting !== "" && !this.#isBroken) {
      this.flush();
      if (!this.#isFull) break;
      this.#drained ??= Promise.withResolvers<void>();
      await this.#drained.promise;
    }
    if (!this.#isBroken) {
      // The callback may be called before the event of the same error.
      const written = new Promise<void>((resolve) =>
        this.stream.write("", (error) => {
          if (error != null) this.#break(error);
          resolve();
        })
      );
      await Promise.race([written, this.broken]);
    }
    this.#cancel?.();
    this.stream.removeListener("drain", this.#onDrain);
    this.stream.removeListener("close", this.#onBreak);
    // The error listener stays: without one a late error would end the process.
  }

  #drain(): void {
    this.#isFull = false;
    this.flush();
    if (this.#isFull) return;
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #break(error: unknown): void {
    if (error instanceof Error && !GONE.has((error as { code?: string }).code ?? "")) {
      this.#failure ??= error.message.replace(/ \(os error \d+\)$/, "");
    }
    this.#isBroken = true;
    this.#waiting = "";
    this.#drained?.resolve();
    this.#broken.resolve();
  }
}
