import type { Clock } from "./core/clock.ts";
import type { ChatOutcome } from "./outcome.ts";

/** Where lines are written to: a stream of `node:stream`, as far as it is needed. */
export interface OutputStream {
  /** As `Writable.write`: false asks to wait for `drain`. */
  write(text: string, written?: (error?: Error | null) => void): boolean;
  /** Hears that it can be written to again, or never again. */
  on(event: "drain" | "close", listener: () => void): unknown;
  /** Hears why it cannot be written to. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Hears no more of it. */
  removeListener(event: "drain" | "close", listener: () => void): unknown;
  /** Hears no more of it. */
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/** Codes of the errors of a stream whose reader is gone. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "ERR_STREAM_DESTROYED"]);

/** Characters that may wait before {@link BatchedOutput.ready} makes the writer wait. */
const MAX_WAITING_CHARACTERS = 65_536;

/**
 * Writes text in batches, since a write for each of a thousand lines a second is what makes a
 * terminal flicker and a pipe slow.
 *
 * 1. What is added is written together, the given time later at most, in order.
 * 2. While the stream is full nothing is written; {@link ready} lets the writer wait for it.
 * 3. When the stream breaks, everything is dropped and {@link broken} tells so; nobody waits on.
 */
export class BatchedOutput {
  /** Resolves when the stream does not take anything any more. */
  readonly broken: Promise<void>;
  #waiting = "";
  #cancel: (() => void) | undefined;
  #isFull = false;
  #isBroken = false;
  /** Why it is broken, unless it is that nobody reads it any more. */
  #failure: string | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  readonly #broken = Promise.withResolvers<void>();
  readonly #onDrain = () => this.#drain();
  readonly #onBreak = (error?: unknown) => this.#break(error);

  /**
   * @param delay milliseconds that text may wait for more.
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
   * What it comes to that the stream broke, where that is more than that nobody reads it any more.
   *
   * @param errors is told why.
   */
  outcome(errors: OutputStream): ChatOutcome | undefined {
    if (this.#failure === undefined) return undefined;
    errors.write(`Cannot write what is said: ${this.#failure}.\n`);
    return { type: "unwritable" };
  }

  /** Adds text to the next batch. */
  add(text: string): void {
    if (this.#isBroken || text === "") return;
    this.#waiting += text;
    this.#cancel ??= this.clock.after(this.delay, () => this.flush());
  }

  /** Writes what waits, unless the stream is full. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#waiting === "" || this.#isFull) return;
    const text = this.#waiting;
    this.#waiting = "";
    try {
      this.#isFull = !this.draw(text);
    } catch (error) {
      // Standard output throws where the disk is full.
      this.#break(error);
    }
  }

  /** Resolves at once unless too much waits; then, when the stream has taken it. */
  async ready(): Promise<void> {
    if (this.#isBroken || this.#waiting.length < MAX_WAITING_CHARACTERS) return;
    this.flush();
    if (!this.#isFull) return;
    this.#drained ??= Promise.withResolvers<void>();
    await this.#drained.promise;
  }

  /** Writes everything, waits until it is written, and lets go of the stream. */
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
    // An error after the end is nobody's business, but without a listener it would end the process.
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
