import { Ledger, type Placed } from "./ledger.ts";
import { Network } from "./network.ts";
import { drawPlan, type Plan } from "./plan.ts";
import { Program } from "./program.ts";
import { Random } from "./random.ts";
import { ServerProcess } from "./server_process.ts";
import { SimulatedDisk } from "./disk.ts";
import { TextUser } from "./text_user.ts";
import { Timeline } from "./timeline.ts";
import { RunTrace } from "./trace.ts";
import { type Client, OPERATOR, World } from "./world.ts";
import type { Faults } from "./faults.ts";

/** Simulated time within which everything settles once the faults are over, in milliseconds. */
const SETTLE_MILLISECONDS = 60 * 60_000;

/** Time within which a cable that was cut is noticed by pings, and for users of text lines by the probes of
 * the system, in milliseconds. */
const CUT_MILLISECONDS = 30_000;
const CUT_TEXT_MILLISECONDS = 120_000;

/** Time after which no session of a client that has left can be resumed, in milliseconds. */
const FORGET_MILLISECONDS = 5 * 60_000 + 15_000;

/** Promises that follow each other at most, within a step. */
const PROMISES = 30;

/** Messages of a page of the history. */
const PAGE = 500;

export interface RunOptions {
  /** Receives each step of the run as a line. */
  readonly print?: (line: string) => void;
  /** Faults of the product, which the ledger must find. */
  readonly faults?: Faults;
}

/** What a run has found. */
export interface RunResult {
  readonly seed: number;
  /** The same for two runs with the same seed. */
  readonly hash: string;
  /** The promises that did not hold. */
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Runs the server and its clients in a world that a seed decides. */
export async function simulate(seed: number, options: RunOptions = {}): Promise<RunResult> {
  using run = new Run(seed, options);
  return await run.run();
}

class Run implements Disposable {
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #timeline: Timeline;
  readonly #trace: RunTrace;
  readonly #network: Network;
  readonly #ledger: Ledger;
  readonly #world: World;
  readonly #disk = new SimulatedDisk();
  #process: ServerProcess | undefined;
  #isSettling = false;
  #steps = 0;
  #deaths = 0;
  #resumed = 0;

  constructor(private readonly seed: number, private readonly options: RunOptions) {
    const random = new Random(seed);
    this.#random = random;
    this.#plan = drawPlan(random);
    this.#timeline = new Timeline(random.fork());
    const now = () => this.#timeline.now;
    this.#trace = new RunTrace(now, options.print);
    this.#network = new Network(this.#timeline, random.fork(), this.#plan.network, this.#trace);
    this.#ledger = new Ledger(now, this.#plan.maySkip);
    this.#world = new World(
      this.#plan,
      this.#timeline,
      random.fork(),
      this.#network,
      this.#ledger,
      this.#trace,
    );
    this.#trace.add(JSON.stringify(this.#plan));
  }

  [Symbol.dispose](): void {
    this.#disk.close();
  }

  async run(): Promise<RunResult> {
    try {
      await this.#storm();
      await this.#calm();
      await this.#auditAll();
      await this.#depart();
    } catch (error) {
      this.#ledger.violate(`an error: ${error instanceof Error ? error.stack : error}`);
    }
    const { seed } = this;
    const { violations, counts } = this.#ledger;
    return {
      seed,
      hash: this.#trace.hash,
      violations,
      counts: { ...counts, steps: this.#steps, deaths: this.#deaths, resumed: this.#resumed },
    };
  }

  async #storm(): Promise<void> {
    const { duration, programs, textUsers, hasOperator, crashes, restarts } = this.#plan;
    const { clients } = this.#world;
    this.#disk.addOperator(OPERATOR);
    this.#startServer();
    for (let index = 0; index < programs; index++) {
      clients.push(new Program(this.#world, `192.0.2.${index + 1}`));
    }
    if (hasOperator) clients.push(new Program(this.#world, "198.51.100.1", "password"));
    for (let index = 0; index < textUsers; index++) {
      clients.push(new TextUser(this.#world, `203.0.113.${index + 1}`));
    }
    for (const client of clients) this.#schedule(client, duration);
    for (let count = 0; count < crashes; count++) {
      this.#timeline.after(this.#random.between(0, duration), () => this.#crash());
    }
    for (let count = 0; count < restarts; count++) {
      this.#timeline.after(this.#random.between(0, duration), () => this.#stop());
    }
    await this.#runUntil(duration, () => false);
  }

  /** Ends all faults, and waits until everything has arrived. */
  async #calm(): Promise<void> {
    const { clients } = this.#world;
    this.#network.calm();
    await this.#noticeCuts(this.#plan.textUsers > 0 ? CUT_TEXT_MILLISECONDS : CUT_MILLISECONDS);
    await this.#settle(this.#isQuiet, "the clients");
    // The last number of each session and room shows whether the ones before have arrived.
    for (const client of clients) {
      if (client instanceof Program && client.isJoined) client.conclude();
    }
    await this.#runFor(1000);
    await this.#settle(this.#isQuiet, "the last whispers");
    this.#compareLists();
  }

  /**
   * Waits until cables that were cut are noticed. What a client sent before is handled at its rate first,
   * and while it waits for that, its silence does not count.
   */
  async #noticeCuts(milliseconds: number): Promise<void> {
    let throttled = -1;
    let end = 0;
    await this.#runUntil(this.#timeline.now + SETTLE_MILLISECONDS, () => {
      const { metrics } = this.#process!;
      if (metrics.throttled !== throttled) end = this.#timeline.now + milliseconds;
      throttled = metrics.throttled;
      return this.#timeline.now >= end;
    });
  }

  /** Compares who is online, as the server lists it, with the clients. */
  #compareLists(): void {
    const { clients } = this.#world;
    const online = clients.filter(({ isJoined }) => isJoined);
    for (const client of online) {
      if (client.listed === undefined) continue;
      const others = online.filter((each) => each.isIn(client.room));
      const expected = others.map(({ name }) => name).sort().join(" ");
      const listed = [...client.listed].sort().join(" ");
      if (listed !== expected) {
        this.#ledger.violate(`${client.room} lists ${listed} instead of ${expected}`);
      }
    }
  }

  readonly #isQuiet = (): boolean =>
    this.#process?.isDead === false && this.#network.isIdle &&
    this.#world.clients.every((each) => each.isSettled);

  async #settle(isSettled: () => boolean, what: string): Promise<void> {
    await this.#runUntil(this.#timeline.now + SETTLE_MILLISECONDS, isSettled);
    if (isSettled()) return;
    const open = this.#world.clients.filter((client) => !client.isSettled);
    this.#ledger.violate(
      `${what} do not settle: ${open.map(({ life }) => life.name).join(", ")}` +
        (this.#network.isIdle ? "" : ", bytes"),
    );
  }

  async #auditAll(): Promise<void> {
    if (this.#random.chance(0.5)) {
      // What is not on the disk now is lost.
      this.#process!.die();
      await this.#runFor(20_000);
      await this.#settle(this.#isQuiet, "the clients of another process");
    }
    const { history } = this.#process!.chat.store;
    const rooms = new Map<string, Placed[]>();
    for (const room of this.#plan.rooms) {
      const messages: Placed[] = [];
      for (;;) {
        const after = messages.at(-1)?.seq ?? 0;
        const page = history.read(room.toLowerCase(), { after, limit: PAGE });
        messages.push(...page.map(({ message: { seq, text } }) => ({ seq, text })));
        if (page.length < PAGE) break;
      }
      rooms.set(room, messages);
    }
    this.#ledger.audit(rooms, this.#world.lives);
  }

  /** All clients leave, and the server must forget them. */
  async #depart(): Promise<void> {
    for (const client of this.#world.clients) {
      if (this.#random.chance(0.5)) client.quit();
      else client.crash();
    }
    await this.#runFor(10_000);
    for (const client of this.#world.clients) client.crash();
    await this.#runFor(FORGET_MILLISECONDS);
    const { chat, registry, admission, timers } = this.#process!;
    const { usage } = chat.store.sessions;
    const left = {
      members: chat.hub.members.size,
      rooms: chat.hub.rooms.size - 1, // the lobby
      connections: registry.size,
      joined: admission.joined,
      pending: admission.pending,
      sessions: usage.sessions,
      whisperBytes: usage.whisperBytes,
      idBytes: usage.idBytes,
      waitingBytes: chat.outboxBudget.usedBytes,
      heldBytes: chat.store.statistics.heldBytes,
      timers,
    };
    for (const [what, count] of Object.entries(left)) {
      if (count !== 0) this.#ledger.violate(`${count} ${what} are left`);
    }
    this.#inspect(this.#process!);
  }

  #schedule(client: Client, until: number): void {
    const { timeline, random, pace } = {
      ...this.#plan,
      timeline: this.#timeline,
      random: this.#random,
    };
    const next = () => {
      if (timeline.now >= until) return;
      client.act();
      timeline.after(random.between(1, pace), next);
    };
    timeline.after(random.between(0, Math.min(pace, 500)), next);
  }

  #startServer(): void {
    const process = new ServerProcess(this.#plan.server, {
      timeline: this.#timeline,
      random: this.#random.fork(),
      disk: this.#disk,
      machine: this.#plan.machine,
      faults: this.options.faults ?? {},
      settles: () => this.#isSettling = true,
      onDeath: () => this.#died(process),
    });
    this.#trace.add("the server starts");
    this.#process = process;
    this.#network.acceptor = process;
  }

  #crash(): void {
    const process = this.#process!;
    if (process.isDead) return;
    if (this.#random.chance(0.5)) process.die();
    else process.dieWithin(this.#random.whole(1, 20));
  }

  #stop(): void {
    const process = this.#process!;
    if (process.isDead || process.isStopping) return;
    this.#trace.add("the server stops");
    this.#network.acceptor = undefined;
    process.stop();
  }

  #died(process: ServerProcess): void {
    this.#trace.add("the server is gone");
    this.#deaths++;
    this.#inspect(process);
    this.#ledger.serverDied();
    this.#network.serverDied();
    this.#timeline.after(this.#random.between(10, 3000), () => this.#startServer());
  }

  /** Looks for errors that a process has noticed itself. */
  #inspect({ errors, metrics }: ServerProcess): void {
    this.#resumed += metrics.resumed;
    for (const { event, fields } of errors) {
      this.#ledger.violate(`the server reports: ${event} ${JSON.stringify(fields)}`);
    }
  }

  async #runFor(milliseconds: number): Promise<void> {
    await this.#runUntil(this.#timeline.now + milliseconds, () => false);
  }

  /** Runs until a time, or until a state is reached. */
  async #runUntil(end: number, isReached: () => boolean): Promise<void> {
    while (this.#timeline.now < end && !isReached()) {
      if (!this.#timeline.step()) return;
      this.#steps++;
      if (!this.#isSettling && this.#process?.isStopping !== true) continue;
      this.#isSettling = false;
      for (let count = 0; count < PROMISES; count++) await undefined;
    }
  }
}
