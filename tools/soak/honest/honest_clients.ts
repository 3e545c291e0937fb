import type { DeliveryLedger } from "./measurements.ts";
import { HONEST_CLIENTS, HONEST_ROOM, honestName } from "../messages.ts";
import { inTime } from "../processes.ts";
import { FrameLink, type Link, type LinkEvents, TextLink } from "./links.ts";

/** Milliseconds between two frames of one client. Two messages are followed by one whisper; the
 * default rate allows seven times as many. */
const SEND_MILLISECONDS = 330;

/** Maximum time to join, in milliseconds, and number of attempts. */
const ENTRY_MILLISECONDS = 10_000;
const ENTRY_ATTEMPTS = 5;

/** Maximum number of problems that are stored; more are only a sign of the same fault. */
const MAX_PROBLEMS = 20;

const PROTOCOLS = [
  TextLink.open,
  FrameLink.overLines,
  FrameLink.overLengths,
  FrameLink.overWebSocket,
] as const;

/** The text of a message in the ledger. */
const NUMBERED = /^ledger (\d+)$/;

/** Honest clients of every protocol, with TLS and without, which send each other messages and whispers. */
export class HonestClients {
  readonly problems: string[] = [];
  /** Clients whose connection has ended. */
  closed = 0;
  readonly #links: Link[] = [];
  readonly #counts = new Map<string, number>();
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #isClosing = false;

  constructor(private readonly ledger: DeliveryLedger) {}

  get count(): number {
    return this.#links.length;
  }

  /** Connects them, and joins their room. */
  async enter(port: number, tls: boolean): Promise<void> {
    for (let number = 0; number < HONEST_CLIENTS; number++) {
      const inside = tls && number >= HONEST_CLIENTS / 2;
      this.#links.push(await this.#enterOne(number, port, inside));
    }
  }

  start(): void {
    this.#links.forEach((_, number) => {
      let step = number;
      this.#timers.push(setInterval(() => this.#send(number, step++), SEND_MILLISECONDS));
    });
  }

  /** Stops sending, and waits until all messages have arrived, or until a timeout. */
  async drain(patienceMilliseconds: number): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const end = performance.now() + patienceMilliseconds;
    while (this.ledger.outstanding > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  close(): void {
    this.#isClosing = true;
    for (const link of this.#links) link.close();
  }

  /** Stores a frame that no honest client must receive. */
  recordProblem(who: string, what: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(`${who}: ${what}`);
  }

  /** Retries: on a busy machine the server may treat a client as a user of text lines. */
  async #enterOne(number: number, port: number, tls: boolean): Promise<Link> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#tryToEnter(number, port, tls);
      } catch (error) {
        if (attempt === ENTRY_ATTEMPTS) throw error;
      }
    }
  }

  async #tryToEnter(number: number, port: number, tls: boolean): Promise<Link> {
    const name = honestName(number);
    const entered = Promise.withResolvers<void>();
    const open = PROTOCOLS[number % PROTOCOLS.length]!;
    const events = this.#events(name);
    let isInside = false;
    const link = await open(port, tls, {
      ...events,
      onWelcome: () => link.join(HONEST_ROOM),
      onRoom: () => entered.resolve(),
      onProblem: (what) => isInside ? events.onProblem(what) : entered.reject(new Error(what)),
      onClosed: () => isInside ? events.onClosed() : entered.reject(new Error("closed")),
    });
    try {
      link.hello(name);
      await inTime(entered.promise, ENTRY_MILLISECONDS, `${name} did not join`);
      isInside = true;
      return link;
    } finally {
      if (!isInside) link.close();
    }
  }

  #events(name: string): Omit<LinkEvents, "onWelcome" | "onRoom"> {
    const arrived = (lane: string, from: string, text: string) => {
      const [, sequence] = NUMBERED.exec(text) ?? [];
      if (sequence !== undefined) this.ledger.arrived(lane, from, name, Number(sequence));
    };
    return {
      onMessage: (from, text) => arrived("room", from, text),
      onWhisper: (from, text) => arrived("whisper", from, text),
      onAcknowledged: () => this.ledger.acknowledged(),
      onProblem: (what) => this.recordProblem(name, what),
      onClosed: () => {
        if (this.#isClosing) return;
        this.closed++;
        this.recordProblem(name, "the connection has ended");
      },
    };
  }

  #send(number: number, step: number): void {
    const name = honestName(number);
    const link = this.#links[number]!;
    if (step % 3 !== 2) {
      const others = this.#links.map((_, other) => honestName(other)).filter((other) =>
        other !== name
      );
      const next = this.#next(`room ${name}`);
      this.ledger.sent("room", name, others);
      return link.message(`ledger ${next}`);
    }
    const receiver = honestName(
      (number + 1 + Math.floor(step / 3) % (this.count - 1)) % this.count,
    );
    const next = this.#next(`whisper ${name} ${receiver}`);
    this.ledger.sent("whisper", name, [receiver]);
    link.whisper(receiver, `ledger ${next}`);
  }

  #next(stream: string): number {
    const next = (this.#counts.get(stream) ?? 0) + 1;
    this.#counts.set(stream, next);
    return next;
  }
}
