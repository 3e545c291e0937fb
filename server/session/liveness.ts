import { TELNET_PROBE, type TelnetFilter } from "../../protocol/mod.ts";
import type { Subscriber } from "../fanout/audience.ts";
import type { Fanout } from "../fanout/fanout.ts";
import type { Heartbeat, Pulse } from "./heartbeat.ts";
import type { Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { Outbox } from "../fanout/outbox.ts";
import { peerText } from "../network/peer.ts";
import { type PeerProbes, PROBE_SECONDS, type Probed } from "./peer_probe.ts";
import type { Transport } from "../network/transport.ts";
import type { ClientProtocol } from "../fanout/encoder.ts";

/** Seconds after which a text client that takes nothing of a write is dropped: it is gone, or its
 * terminal was stopped. Programs answer pings instead. */
const UNTAKEN_SECONDS = 60;

/** What all connections of a server share for that. */
export interface LivenessServer {
  readonly fanout: Fanout;
  readonly heartbeat: Heartbeat;
  readonly probes: PeerProbes;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "silent">;
  /** Unix milliseconds. */
  now(): number;
}

/** The connection whose client is watched. */
export interface LivenessHost {
  readonly transport: Transport;
  readonly kind: ClientProtocol;
  readonly outbox: Outbox;
  readonly subscriber: Subscriber;
  /** Absent while the client has sent no telnet. */
  telnet(): TelnetFilter | undefined;
  /** True while an answer of the client would not be noticed, since it sent more than it may or reads
   * no answers. */
  isDeaf(): boolean;
  /** Runs a call of a timer; an error ends this client alone. */
  guard(run: () => void): void;
}

/**
 * Drops a client that is gone without having closed its connection.
 *
 * 1. A program is pinged after an interval of silence, and so is a person's client that speaks telnet.
 * 2. Any other person's client answers nothing: the system is made to probe it.
 * 3. A person's client that takes nothing of a write for {@link UNTAKEN_SECONDS} is dropped, too.
 */
export class Liveness implements Pulse, Probed {
  silentBeats = 0;
  /** The write that was under way at the last probe, and the probes since it began. */
  #untakenWrite: number | undefined;
  #untakenProbes = 0;

  constructor(private readonly host: LivenessHost, private readonly server: LivenessServer) {}

  /** Starts to watch: the client has joined. */
  start(): void {
    if (this.host.kind === "text") this.server.probes.add(this);
    else this.startPings();
  }

  /** Starts to ping the client when it is silent. */
  startPings(): void {
    this.server.heartbeat.add(this);
  }

  /** Ends watching. */
  stop(): void {
    this.server.heartbeat.remove(this);
    this.server.probes.remove(this);
  }

  get isDeaf(): boolean {
    return this.host.isDeaf();
  }

  ping(): void {
    const { transport, kind, subscriber } = this.host;
    this.host.guard(() => {
      if (transport.ping !== undefined) return transport.ping();
      if (kind === "text") {
        if (this.host.telnet()?.hasNegotiated !== true) return;
        return this.server.fanout.direct(subscriber, TELNET_PROBE);
      }
      this.server.fanout.send(subscriber, { type: "ping", t: this.server.now() }, "");
    });
  }

  probe(): void {
    const { transport, outbox } = this.host;
    this.host.guard(() => {
      transport.probe?.();
      const write = outbox.writeUnderWay;
      const isSame = write !== undefined && write === this.#untakenWrite;
      this.#untakenWrite = write;
      this.#untakenProbes = isSame ? this.#untakenProbes + 1 : 0;
      if (this.#untakenProbes >= UNTAKEN_SECONDS / PROBE_SECONDS) this.#drop();
    });
  }

  lost(): void {
    const { kind, telnet } = this.host;
    // Bytes that look like telnet may be others: only a client that has answered before has to answer.
    if (kind === "text" && telnet()?.hasAnsweredProbe !== true) return;
    this.#drop();
  }

  #drop(): void {
    const { transport } = this.host;
    this.server.metrics.silent++;
    this.server.log.info("silent", { address: peerText(transport) });
    transport.destroy();
  }
}
