import type { ByteString } from "../../protocol/mod.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** How the bytes of a connection travel. */
export interface PipeWeather {
  /** Milliseconds of a delivery. */
  readonly latency: readonly [least: number, most: number];
  /** Probability that a delivery takes {@link stall}. */
  readonly stallChance: number;
  readonly stall: readonly [least: number, most: number];
  /** Probability that a delivery is cut in pieces, and their maximum length in bytes. */
  readonly splitChance: number;
  readonly piece: number;
  /** Bytes that the network holds for a receiver that does not read. */
  readonly capacity: number;
}

export interface PipeEnd {
  received(bytes: ByteString): void;
  /** The writer has ended, and all bytes were delivered. */
  ended(): void;
}

interface Write {
  bytes: ByteString;
  readonly written: (() => void) | undefined;
}

/** One direction of a connection: bytes in order, late, in pieces, and only as many as are read. */
export class Pipe {
  readonly #writes: Write[] = [];
  #held: ByteString = "";
  #isPaused = false;
  #isEnding = false;
  #hasEnded = false;
  #isBroken = false;
  #isMoving = false;
  /** Whether the next delivery is the rest of the last one. */
  #isFollowing = false;
  /** Bytes that were delivered. */
  delivered = 0;
  /** Called with each delivery. */
  onDelivered: () => void = () => {};

  constructor(
    private readonly timeline: Timeline,
    private readonly random: Random,
    private readonly weather: PipeWeather,
    private readonly end: PipeEnd,
  ) {}

  /** Whether the writer can write. */
  get isOpen(): boolean {
    return !this.#isBroken && !this.#isEnding;
  }

  /** Whether nothing is on its way. */
  get isIdle(): boolean {
    return this.#isBroken ||
      (this.#writes.length === 0 && this.#held === "" && (!this.#isEnding || this.#hasEnded));
  }

  /** @param written called once the network has all of these bytes. */
  write(bytes: ByteString, written?: () => void): void {
    if (!this.isOpen) {
      if (written !== undefined) this.timeline.after(0, written);
      return;
    }
    this.#writes.push({ bytes, written });
    this.#fill();
  }

  finish(): void {
    if (!this.isOpen) return;
    this.#isEnding = true;
    this.#move();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#move();
  }

  /** Delivers nothing more. Bytes that the network does not have yet count as written. */
  break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#held = "";
    this.#dropWrites();
  }

  /** Drops the end of what is on its way, from any byte on, and ends after the rest. */
  truncate(): void {
    if (this.#isBroken) return;
    this.#dropWrites();
    this.#held = this.#held.slice(0, this.random.whole(0, this.#held.length));
    this.#isEnding = true;
    this.#move();
  }

  #dropWrites(): void {
    for (const { written } of this.#writes.splice(0)) {
      if (written !== undefined) this.timeline.after(0, written);
    }
  }

  #fill(): void {
    while (this.#writes.length > 0) {
      const write = this.#writes[0]!;
      const free = this.weather.capacity - this.#held.length;
      if (free <= 0) break;
      this.#held += write.bytes.slice(0, free);
      write.bytes = write.bytes.slice(free);
      if (write.bytes !== "") break;
      this.#writes.shift();
      const { written } = write;
      if (written !== undefined) this.timeline.after(this.random.between(0, 0.2), written);
    }
    this.#move();
  }

  #move(): void {
    const isDue = this.#held !== "" || (this.#isEnding && !this.#hasEnded);
    if (this.#isMoving || this.#isPaused || this.#isBroken || !isDue) return;
    this.#isMoving = true;
    this.timeline.after(this.#delay(), () => {
      this.#isMoving = false;
      if (!this.#isPaused && !this.#isBroken) this.#deliver();
    });
  }

  /** The pieces of what was sent together follow each other closely. */
  #delay(): number {
    const { latency, stall, stallChance } = this.weather;
    if (this.random.chance(stallChance)) return this.random.between(...stall);
    return this.#isFollowing ? this.random.between(0, 0.1) : this.random.between(...latency);
  }

  #deliver(): void {
    if (this.#held === "") {
      this.#hasEnded = true;
      return this.end.ended();
    }
    const { length } = this.#held;
    const { splitChance, piece } = this.weather;
    const isSplit = this.random.chance(splitChance);
    const count = isSplit ? this.random.whole(1, Math.min(length, piece)) : length;
    const bytes = this.#held.slice(0, count);
    this.#held = this.#held.slice(count);
    this.#isFollowing = this.#held !== "";
    this.delivered += count;
    this.end.received(bytes);
    this.onDelivered();
    this.#fill();
  }
}
