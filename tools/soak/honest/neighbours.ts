import { LatencyRecorder } from "../latencies.ts";
import { FrameLink } from "./frame_link.ts";
import type { LinkEvents } from "./link.ts";

/** Milliseconds between two whispers: ten a second, half of what the default rate allows. */
const WHISPER_MILLISECONDS = 100;

const NAMES = ["neighbour-east", "neighbour-west"] as const;

/**
 * Two clients that whisper to each other, and measure how long the way there and back takes.
 *
 * Whispers go out on time whether or not the last one came back, so that a server that stands
 * still for a second is measured ten times and not once.
 */
export class Neighbours {
  readonly roundTrips = new LatencyRecorder();
  readonly #sentAt = new Map<number, number>();
  #links: [FrameLink, FrameLink] | undefined;
  #number = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosing = false;
  /** Of the two, those whose connection has ended. */
  closed = 0;

  constructor(private readonly complain: (who: string, what: string) => void) {}

  async enter(port: number): Promise<void> {
    const [east, west] = NAMES;
    this.#links = [
      await this.#enterOne(east, port, (text) => this.#returned(Number(text))),
      await this.#enterOne(west, port, (text) => this.#links![1].whisper(east, text)),
    ];
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#sentAt.set(++this.#number, performance.now());
      this.#links![0].whisper(NAMES[1], String(this.#number));
    }, WHISPER_MILLISECONDS);
  }

  /** Sends no more; what has not come back counts with the time that it has waited. */
  finish(): void {
    clearInterval(this.#timer);
    for (const sent of this.#sentAt.values()) this.roundTrips.record(performance.now() - sent);
    this.#sentAt.clear();
  }

  close(): void {
    this.#isClosing = true;
    for (const link of this.#links ?? []) link.close();
  }

  async #enterOne(
    name: string,
    port: number,
    onWhisper: (text: string) => void,
  ): Promise<FrameLink> {
    const welcome = Promise.withResolvers<void>();
    const events: LinkEvents = {
      onWelcome: () => welcome.resolve(),
      onRoom() {},
      onMessage() {},
      onWhisper: (from, text) => NAMES.includes(from as never) && onWhisper(text),
      onAcknowledged() {},
      onComplaint: (what) => this.complain(name, what),
      onClosed: () => {
        if (this.#isClosing) return;
        this.closed++;
        this.complain(name, "the connection has ended");
      },
    };
    const link = await FrameLink.overLines(port, false, events);
    link.hello(name);
    await welcome.promise;
    // A quiet room: what others say in the lobby would be measured with it.
    link.join("neighbours");
    return link;
  }

  #returned(number: number): void {
    const sent = this.#sentAt.get(number);
    if (sent === undefined) return;
    this.#sentAt.delete(number);
    this.roundTrips.record(performance.now() - sent);
  }
}
