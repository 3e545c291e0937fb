import { type ByteString, fromBytes } from "../../protocol/mod.ts";
import { Admission } from "../../server/network/admission.ts";
import { Connection, type ConnectionServer } from "../../server/session/connection.ts";
import { Heartbeat } from "../../server/session/heartbeat.ts";
import { PeerProbes } from "../../server/session/peer_probe.ts";
import { DEFAULT_OUTBOX_LIMITS } from "../../server/fanout/outbox.ts";
import { Scheduler } from "../../server/scheduling/scheduler.ts";
import { ConnectionRegistry } from "../../server/network/connection_registry.ts";
import type { Transport, TransportListener } from "../../server/network/transport.ts";
import type { ClientProtocol } from "../../server/fanout/encoder.ts";
import { Chat } from "./chat.ts";
import { FakeTimers } from "./fake_timers.ts";
import { Metrics } from "../../server/observability/metrics.ts";

/** What was done to the near end of a connection, whatever kind it is. */
export class FakeEnd {
  written: ByteString = "";
  isPaused = false;
  isEnded = false;
  isDestroyed = false;
  /** True while what is written waits. */
  isStalled = false;
  readonly #waiting: (() => void)[] = [];

  write(bytes: Uint8Array, written: () => void): void {
    this.written += fromBytes(bytes);
    this.#waiting.push(written);
  }

  end(): void {
    this.isEnded = true;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  /** The kernel takes what was written. */
  take(): void {
    while (!this.isStalled && this.#waiting.length > 0) this.#waiting.shift()!();
  }
}

/** A transport without a socket. */
export class FakeWire extends FakeEnd implements Transport {
  readonly address = "192.0.2.1";
  readonly port = 4000;
  #listener: TransportListener | undefined;

  constructor(private readonly registry: ConnectionRegistry) {
    super();
  }

  setListener(listener: TransportListener): void {
    this.registry.replace(this.#listener, listener);
    this.#listener = listener;
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.close();
  }

  /** A chunk comes in. */
  receive(bytes: ByteString): void {
    this.#listener!.received(bytes);
  }

  /** The other side says nothing more. */
  endInput(): void {
    this.#listener!.ended();
  }

  /** The connection is gone. */
  close(): void {
    this.#listener!.closed();
  }
}

/** A server's side of connections, without network and without time. */
export class Stage implements Disposable {
  readonly timers = new FakeTimers();
  readonly chat = new Chat();
  readonly registry = new ConnectionRegistry();
  readonly metrics = new Metrics();
  readonly admission = new Admission(
    { maxClients: 10, maxPending: 10, maxPerAddress: 0, maxRefused: 1 },
    { add: (reason) => this.metrics.refuse(reason) },
  );
  readonly ends: FakeEnd[] = [];
  #connected = 0;
  readonly #scheduled: (() => void)[] = [];

  readonly server: ConnectionServer = {
    ...this.chat.server,
    metrics: this.metrics,
    turn: new Scheduler(
      this.chat.clock,
      this.chat.fanout,
      (run) => this.#scheduled.push(run),
    ),
    formats: this.chat.formats,
    outboxLimits: DEFAULT_OUTBOX_LIMITS,
    slowClients: "skip",
    heartbeat: new Heartbeat(0),
    probes: new PeerProbes(),
    rate: undefined,
    registrationMilliseconds: 60_000,
    lineTimeoutMilliseconds: 0,
    registry: this.registry,
  };

  /** Connections that are over. */
  get forgotten(): number {
    return this.#connected - this.registry.size;
  }

  /** Somebody connects. */
  connect(options: Partial<ConnectionServer> = {}, first = "", kind: ClientProtocol = "text") {
    const transport = new FakeWire(this.registry);
    this.ends.push(transport);
    this.#connected++;
    const ticket = this.admission.accept("192.0.2.1", () => transport.destroy());
    const connection = new Connection(transport, kind, { ...this.server, ...options }, ticket);
    connection.start(first);
    return { transport, connection, ticket };
  }

  /** All places are taken. */
  fill(): void {
    while (this.admission.accept("198.51.100.1", () => {}).join() === undefined);
  }

  /** Runs turns until none is wanted; the kernel takes all that is written. */
  settle(): void {
    do {
      for (const run of this.#scheduled.splice(0)) run();
      // What was said outside of a turn is written, too, as the server's fan-out would request.
      this.chat.fanout.flush(this.chat.clock.monotonic());
      for (const end of this.ends) end.take();
    } while (this.#scheduled.length > 0);
  }

  [Symbol.dispose](): void {
    this.timers[Symbol.dispose]();
  }
}
