import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { type ByteString, fromBytes } from "../../../protocol/mod.ts";
import { TrustedProxies } from "../../../server/network/trusted_proxies.ts";
import { protocolHandlers } from "../../../server/protocol_handlers.ts";
import {
  type ProtocolHandlers,
  type SnifferContext,
  sniffProtocol,
} from "../../../server/network/protocol_sniffer.ts";
import type { Log } from "../../../server/observability/log.ts";
import { Stage } from "../connections.ts";
import { FakeEnd } from "../fakes.ts";

/** A socket with only the members that a sniffer and a transport use. */
export class FakeSocket extends FakeEnd {
  readonly remoteAddress = "::ffff:192.0.2.1";
  readonly remotePort = 4000;
  readonly #events = new EventEmitter();

  on = (event: string, listener: () => void) => this.#events.on(event, listener);
  once = (event: string, listener: () => void) => this.#events.once(event, listener);
  removeListener = (event: string, listener: () => void) =>
    this.#events.removeListener(event, listener);
  setNoDelay(): void {}
  setKeepAlive(): void {}
  override end(lastWords?: Uint8Array): void {
    if (lastWords !== undefined) this.written += fromBytes(lastWords);
    super.end();
  }
  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.emit("close");
  }

  emit(event: "data" | "end" | "error" | "close", argument?: unknown): void {
    this.#events.emit(event, argument);
  }

  receive(bytes: ByteString): void {
    this.emit("data", Buffer.from(bytes, "latin1"));
  }
}

/** A stage whose clients connect with sockets. */
export class SocketStage extends Stage {
  /** Accepts a connection, and sniffs its protocol. */
  accept(
    { tls, tlsOnly = false, trusted = [], ...parts }: {
      readonly tls?: SnifferContext["tls"];
      readonly tlsOnly?: boolean;
      readonly trusted?: readonly string[];
      readonly log?: Pick<Log, "debug" | "error">;
      readonly chat?: ProtocolHandlers["chat"];
    } = {},
  ) {
    const socket = new FakeSocket();
    this.ends.push(socket);
    const { registry, metrics } = this;
    const { monotonic, after } = this.chat.server;
    const { log = this.chat.server.log } = parts;
    const handlers = protocolHandlers(this.context, undefined, { registry, log, metrics });
    const trustedProxies = new TrustedProxies(trusted);
    const context = {
      registry,
      log,
      metrics,
      monotonic,
      after,
      tls,
      tlsOnly,
      trustedProxies,
      proxyHeaderMilliseconds: 5000,
      handlers: { ...handlers, ...(parts.chat && { chat: parts.chat }) },
    };
    const ticket = this.admission.accept("192.0.2.1", () => socket.destroy());
    // The fake has the members of a socket that the code under test uses.
    const sniffer = sniffProtocol(socket as unknown as Socket, ticket, context);
    return { socket, sniffer };
  }
}

/** Throws like a part of the server with a bug. */
export const broken = () => {
  throw new Error("A part is broken");
};
