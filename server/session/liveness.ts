import { type ClientProtocol, TELNET_PROBE, type TelnetFilter } from "../../protocol/mod.ts";
import type { Subscriber } from "../fanout/audience.ts";
import type { Fanout } from "../fanout/fanout.ts";
import { peerText } from "../network/peer.ts";
import type { Transport } from "../network/transport.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";

/** A connection with a check for silence. */
export interface Heartbeatable {
  /** Beats since the last input, which resets it to 0. */
  missedBeats: number;
  /** True while the connection is not read, which is not silence. */
  readonly isPaused: boolean;
  /** Whether output that had to wait was accepted since the last call: a sign of life, too. */
  hasTakenOutput?(): boolean;
  ping(): void;
  /** The client was silent for too long. */
  lost(): void;
}

const BEATS_PER_PING = 6;

const PINGS_TO_LOSS = 3;

/**
 * Detects clients that stop without closing their connection: pings them after an interval of silence,
 * and drops them after three. TCP alone would keep a connection without output open for ever.
 *
 * One timer serves all connections. Silence is counted in beats, not in time: input costs one assignment,
 * and after a suspend of the machine the clients are not lost.
 */
export class Heartbeat {
  readonly #connections = new Set<Heartbeatable>();
  #ticker: ReturnType<typeof setInterval> | undefined;

  /** @param interval milliseconds of silence before a ping; 0 for none. */
  constructor(private readonly interval: number) {}

  start(): void {
    if (this.interval === 0) return;
    this.#ticker = setInterval(() => this.beat(), this.interval / BEATS_PER_PING);
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  add(connection: Heartbeatable): void {
    connection.missedBeats = 0;
    this.#connections.add(connection);
  }

  remove(connection: Heartbeatable): void {
    this.#connections.delete(connection);
  }

  beat(): void {
    for (const connection of this.#connections) {
      // On a slow link a ping waits behind the output before it, and so does its answer.
      if (connection.isPaused || connection.hasTakenOutput?.() === true) {
        connection.missedBeats = 0;
        continue;
      }
      const beats = ++connection.missedBeats;
      if (beats % BEATS_PER_PING !== 0) continue;
      if (beats < BEATS_PER_PING * PINGS_TO_LOSS) connection.ping();
      else {
        this.remove(connection);
        connection.lost();
      }
    }
  }
}

export const PROBE_SECONDS = 10;

/**
 * Makes the system probe the connections of users with `nc`, whose cable may be cut: they answer no pings.
 *
 * Linux probes a silent peer after a time that a program may set, but then waits 75 s between two of its
 * nine probes (`tcp_keepalive_intvl`), and the runtime cannot set that. Setting the time again probes
 * again at once, so that nine unanswered probes take 90 s: measured, `tests/e2e/cut_cable.test.ts`.
 *
 * A tenth of the connections is probed per second.
 */
export class PeerProbes {
  readonly #groups = Array.from(
    { length: PROBE_SECONDS },
    () => new Set<Pick<Liveness, "probe">>(),
  );
  #nextToJoin = 0;
  #nextToProbe = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#ticker = setInterval(() => this.tick(), 1000);
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  add(connection: Pick<Liveness, "probe">): void {
    this.#groups[this.#nextToJoin]!.add(connection);
    this.#nextToJoin = (this.#nextToJoin + 1) % PROBE_SECONDS;
  }

  remove(connection: Pick<Liveness, "probe">): void {
    for (const group of this.#groups) if (group.delete(connection)) return;
  }

  /** Probes the next group. */
  tick(): void {
    for (const connection of this.#groups[this.#nextToProbe]!) connection.probe();
    this.#nextToProbe = (this.#nextToProbe + 1) % PROBE_SECONDS;
  }
}

/** Seconds after which a text client that accepts nothing of a write is dropped: it is gone, or its
 * terminal was stopped. Programs answer pings instead. */
const UNTAKEN_SECONDS = 60;

export interface LivenessContext {
  readonly chat: {
    readonly fanout: Fanout;
    readonly log: Pick<Log, "info">;
    readonly metrics: Pick<Metrics, "silent">;
    /** Unix milliseconds. */
    now(): number;
  };
  readonly heartbeat: Heartbeat;
  readonly probes: PeerProbes;
}

export interface LivenessHost {
  readonly protocol: ClientProtocol;
  /** Absent without telnet commands of the client. */
  readonly telnet: TelnetFilter | undefined;
  /** True while an answer of the client would not be read, since it is throttled or does not read its
   * answers. */
  readonly isPaused: boolean;
  /** Runs a call of a timer; an error ends only this client. */
  guard(run: () => void): void;
}

/**
 * Drops a client that is gone without having closed its connection.
 *
 * 1. A program is pinged after an interval of silence, and so is a user's client with telnet. Output that
 *    was accepted after it had to wait is no silence.
 * 2. Any other user's client answers no pings: the system probes it.
 * 3. A user's client that accepts nothing of a write for {@link UNTAKEN_SECONDS} is dropped, too.
 */
export class Liveness implements Heartbeatable {
  missedBeats = 0;
  /** The active write at the last probe, and the number of probes since it began. */
  #untakenWrite: number | undefined;
  #untakenProbes = 0;
  /** The active write at the last beat. */
  #writeAtBeat: number | undefined;

  constructor(
    private readonly host: LivenessHost,
    private readonly transport: Transport,
    private readonly subscriber: Subscriber,
    private readonly context: LivenessContext,
  ) {}

  start(): void {
    if (this.host.protocol === "text") this.context.probes.add(this);
    else this.startPings();
  }

  /** Starts to ping the client during silence. */
  startPings(): void {
    this.context.heartbeat.add(this);
  }

  stop(): void {
    this.context.heartbeat.remove(this);
    this.context.probes.remove(this);
  }

  get isPaused(): boolean {
    return this.host.isPaused;
  }

  /** A write that ends at once proves nothing: the kernel's buffer accepts bytes for a client that is gone.
   * Only one that a beat has found active had to wait for the client. */
  hasTakenOutput(): boolean {
    const before = this.#writeAtBeat;
    this.#writeAtBeat = this.subscriber.outbox.writeUnderWay;
    return before !== undefined && before !== this.#writeAtBeat;
  }

  ping(): void {
    const { host, transport, subscriber, context: { chat } } = this;
    host.guard(() => {
      if (transport.ping !== undefined) return transport.ping();
      if (host.protocol === "text") {
        if (host.telnet?.hasNegotiated !== true) return;
        return chat.fanout.direct(subscriber, TELNET_PROBE);
      }
      chat.fanout.send(subscriber, { type: "ping", t: chat.now() }, "");
    });
  }

  probe(): void {
    this.host.guard(() => {
      this.transport.probe?.();
      const write = this.subscriber.outbox.writeUnderWay;
      const isSame = write !== undefined && write === this.#untakenWrite;
      this.#untakenWrite = write;
      this.#untakenProbes = isSame ? this.#untakenProbes + 1 : 0;
      if (this.#untakenProbes >= UNTAKEN_SECONDS / PROBE_SECONDS) this.#drop();
    });
  }

  lost(): void {
    const { protocol, telnet } = this.host;
    // Other bytes may look like telnet: only a client that has answered before must answer.
    if (protocol === "text" && telnet?.hasAnsweredProbe !== true) return;
    this.#drop();
  }

  #drop(): void {
    const { log, metrics } = this.context.chat;
    metrics.silent++;
    log.info("silent", { address: peerText(this.transport) });
    this.transport.destroy();
  }
}
