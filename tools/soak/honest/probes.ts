import { FrameLink, type LinkEvents } from "./links.ts";
import { LatencyRecorder } from "./measurements.ts";
import { KEEPER_NAME, nameOf, NEIGHBOUR_PAIRS } from "../messages.ts";
import { inTime } from "../processes.ts";

/** Time after which a login or a registration counts as failed, in milliseconds. */
const PATIENCE_MILLISECONDS = 10_000;

/** Milliseconds between two whispers of a pair: ten per second, half of the default rate. */
const WHISPER_MILLISECONDS = 100;

/**
 * Two clients that whisper to each other, and measure the round trip.
 *
 * Whispers are sent on time even if the last one has not come back, so that a server that stalls for a
 * second is measured ten times and not once.
 */
export class Neighbours {
  readonly #names: readonly [east: string, west: string];
  readonly #sentAt = new Map<number, number>();
  #links: [FrameLink, FrameLink] | undefined;
  #number = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isClosing = false;
  /** Number of the two whose connection has ended. */
  closed = 0;

  /** @param pair its number, 0 to {@link NEIGHBOUR_PAIRS} - 1. */
  constructor(
    private readonly pair: number,
    private readonly roundTrips: LatencyRecorder,
    private readonly recordProblem: (who: string, what: string) => void,
    private readonly patienceMilliseconds: number = PATIENCE_MILLISECONDS,
  ) {
    this.#names = [nameOf("east", pair), nameOf("west", pair)];
  }

  async enter(port: number): Promise<void> {
    const [east, west] = this.#names;
    this.#links = [
      await this.#enterOne(east, port, (text) => this.#returned(Number(text))),
      await this.#enterOne(west, port, (text) => this.#links![1].whisper(east, text)),
    ];
  }

  /** Starts to whisper, each pair at its own time of the interval. */
  start(): void {
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => this.#whisper(), WHISPER_MILLISECONDS);
    }, this.pair / NEIGHBOUR_PAIRS * WHISPER_MILLISECONDS);
  }

  /** Stops sending; whispers in flight count with the time since they were sent. */
  finish(): void {
    clearTimeout(this.#timer);
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
    // It may end before it is awaited.
    welcome.promise.catch(() => {});
    const events: LinkEvents = {
      onWelcome: () => welcome.resolve(),
      onRoom() {},
      onMessage() {},
      onWhisper: (from, text) => this.#names.includes(from) && onWhisper(text),
      onAcknowledged() {},
      onProblem: (what) => {
        welcome.reject(new Error(`${name} did not join: ${what}`));
        this.recordProblem(name, what);
      },
      onClosed: () => {
        if (this.#isClosing) return;
        welcome.reject(new Error(`${name} did not join: closed`));
        this.closed++;
        this.recordProblem(name, "the connection has ended");
      },
    };
    const link = await FrameLink.overLines(port, false, events);
    link.hello(name);
    try {
      await inTime(welcome.promise, this.patienceMilliseconds, `${name} did not join`);
    } catch (error) {
      link.close();
      throw error;
    }
    // A quiet room: the messages of the lobby would be measured, too.
    link.join("neighbours");
    return link;
  }

  #whisper(): void {
    this.#sentAt.set(++this.#number, performance.now());
    this.#links![0].whisper(this.#names[1], String(this.#number));
  }

  #returned(number: number): void {
    const sent = this.#sentAt.get(number);
    if (sent === undefined) return;
    this.#sentAt.delete(number);
    this.roundTrips.record(performance.now() - sent);
  }
}

/** Milliseconds between two logins. */
const LOGIN_MILLISECONDS = 3000;

const PASSWORD = "the keeper's own password";

/** The owner of a protected name, who logs in every few seconds with the right password. */
export class Keeper {
  readonly logins = new LatencyRecorder();
  /** Failed logins, by error code. */
  readonly refused: Record<string, number> = {};
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly patienceMilliseconds: number = PATIENCE_MILLISECONDS) {}

  /** Registers the name, before its password is guessed. */
  async register(port: number): Promise<void> {
    const registered = Promise.withResolvers<void>();
    // It may end before it is awaited.
    registered.promise.catch(() => {});
    const failure = (what: string) => new Error(`Cannot register ${KEEPER_NAME}: ${what}`);
    const { link, answer } = await this.#enter(port, undefined, {
      onNotice: () => registered.resolve(),
      onProblem: (what) => registered.reject(failure(what)),
      onClosed: () => registered.reject(failure("closed")),
    });
    try {
      if (answer !== "welcome") throw failure(answer);
      link.register(PASSWORD);
      await inTime(registered.promise, this.patienceMilliseconds, failure("no answer").message);
    } finally {
      link.close();
    }
  }

  start(port: number): void {
    this.#timer = setInterval(() => void this.#login(port), LOGIN_MILLISECONDS);
  }

  finish(): void {
    clearInterval(this.#timer);
  }

  async #login(port: number): Promise<void> {
    const start = performance.now();
    const { link, answer } = await this.#enter(port, PASSWORD).catch((error: Error) => ({
      link: undefined,
      answer: error.message,
    }));
    if (answer !== "welcome") this.refused[answer] = (this.refused[answer] ?? 0) + 1;
    this.logins.record(performance.now() - start);
    link?.close();
  }

  async #enter(
    port: number,
    password?: string,
    { onNotice = () => {}, onProblem, onClosed }: Partial<LinkEvents> = {},
  ): Promise<{ link: FrameLink; answer: string }> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const timer = setTimeout(() => resolve("no answer"), this.patienceMilliseconds);
    const events: LinkEvents = {
      onWelcome: () => resolve("welcome"),
      onRoom() {},
      onMessage() {},
      onWhisper() {},
      onAcknowledged() {},
      onProblem: (what) => {
        resolve(what);
        onProblem?.(what);
      },
      onNotice,
      onClosed: () => {
        resolve("closed");
        onClosed?.();
      },
    };
    const link = await FrameLink.overLines(port, false, events);
    link.hello(KEEPER_NAME, password);
    const answer = await promise;
    clearTimeout(timer);
    return { link, answer };
  }
}
