import { type ClientProtocol, TELNET_PROBE, type TelnetFilter } from "../../protocol/mod.ts";
import type { Subscriber } from "../fanout/audience.ts";
import type { Fanout } from "../fanout/fanout.ts";
import { peerText } from "../network/peer.ts";
import type { Transport } from "../network/transport.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";

/** A connection whose silence is noticed. */
export interface Heartbeatable {
  /** Beats since the last sign of life; reset it to 0 at each. */
  missedBeats: number;
  /** True while the connection is not read: that is no silence. */
  readonly isPaused: boolean;
  /** Asks the client for a sign of life. */
  ping(): void;
  /** The client was silent for too long: it is gone, though its connection is open. */
  lost(): void;
}

/** Beats per interval of silence. */
const BEATS_PER_PING = 6;

/** Intervals of silence after which a client is lost. */
const PINGS_TO_LOSS = 3;

/**
 * Notices clients that stop without closing their connection: pings them after an interval of silence,
 * and drops them after three. TCP alone would keep a connection that is never written to open for ever.
 *
 * One ticker serves all connections. Silence is counted in beats, not in time: a sign of life costs one
 * assignment, and after a suspend of the machine the clients are not lost.
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
      if (connection.isPaused) {
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

/** A connection whose client answers no pings: only the system can find out that it is gone. */
export interface Probed {
  /** Makes the system ask the other side for a sign of life. */
  probe(): void;
}

/** Seconds between two probes of a connection. */
export const PROBE_SECONDS = 10;

/**
 * Makes the system probe the connections of people with `nc`, whose cable may be cut.
 *
 * Linux probes a silent peer after a time that a program may set, but then waits 75 s between two of its
 * nine probes (`tcp_keepalive_intvl`), and the runtime cannot set that. Setting the time again probes
 * again at once, so that nine unanswered probes take 90 s: measured, `tests/e2e/cut_cable.test.ts`.
 *
 * Each second a tenth of the connections is probed.
 */
export class PeerProbes {
  readonly #groups = Array.from({ length: PROBE_SECONDS }, () => new Set<Probed>());
  #nextToJoin = 0;
  #nextToProbe = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#ticker = setInterval(() => this.tick(), 1000);
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  add(connection: Probed): void {
    this.#groups[this.#nextToJoin]!.add(connection);
    this.#nextToJoin = (this.#nextToJoin + 1) % PROBE_SECONDS;
  }

  remove(connection: Probed): void {
    for (const group of this.#groups) if (group.delete(connection)) return;
  }

  /** Probes the next group. */
  tick(): void {
    for (const connection of this.#groups[this.#nextToProbe]!) connection.probe();
    this.#nextToProbe = (this.#nextToProbe + 1) % PROBE_SECONDS;
  }
}

/** Seconds after which a text client that takes nothing of a write is dropped: it is gone, or its
 * terminal was stopped. Programs answer pings instead. */
const UNTAKEN_SECONDS = 60;

/** What the watches of all connections share. */
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

/** The connection that is watched. */
export interface LivenessHost {
  readonly protocol: ClientProtocol;
  /** Absent while the client has sent no telnet. */
  readonly telnet: TelnetFilter | undefined;
  /** True while an answer of the client would not be noticed, since it sent more than it may or reads
   * no answers. */
  readonly isPaused: boolean;
  /** Runs a call of a timer; an error ends this client alone. */
  guard(run: () => void): void;
}

/**
 * Drops a client that is gone without having closed its connection.
 *
 * 1. A program is pinged after an interval of silence, and so is a person's client that uses telnet.
 * 2. Any other person's client answers nothing: the system probes it.
 * 3. A person's client that takes nothing of a write for {@link UNTAKEN_SECONDS} is dropped, too.
 */
export class Liveness implements Heartbeatable, Probed {
  missedBeats = 0;
  /** The write that was under way at the last probe, and the probes since it began. */
  #untakenWrite: number | undefined;
  #untakenProbes = 0;

  constructor(
    private readonly host: LivenessHost,
    private readonly transport: Transport,
    private readonly subscriber: Subscriber,
    private readonly context: LivenessContext,
  ) {}

  /** Starts to watch: the client has joined. */
  start(): void {
    if (this.host.protocol === "text") this.context.probes.add(this);
    else this.startPings();
  }

  /** Starts to ping the client when it is silent. */
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
    // Bytes that look like telnet may be others: only a client that has answered before has to answer.
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
