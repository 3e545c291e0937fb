import { Admission, ticketOf } from "../network/admission.ts";
import { Listener } from "../network/listener.ts";
import type { ServerOptions } from "../options.ts";
import { hostPort } from "../../protocol/mod.ts";
import { peerOf } from "../network/peer.ts";
import type { TrustedProxies } from "../network/trusted_proxies.ts";
import type { Log } from "../observability/log.ts";
import type { RefusalLog } from "../observability/bounded_logs.ts";
import type { AllowedHosts } from "./allowed_hosts.ts";
import { RequestGate } from "./request_gate.ts";
import { SocketTransport, type TransportContext } from "../network/transport.ts";
import { metricsRoutes, type Route } from "./routes.ts";
import { WebServer } from "./web_server.ts";

const METRICS_CONNECTIONS = 16;

export interface MetricsHost extends TransportContext {
  readonly log: Log;
  readonly refusals: RefusalLog;
  readonly trustedProxies: TrustedProxies;
  readonly hosts: AllowedHosts;
  readonly route: Route;
}

/** Serves the metrics, and nothing else, on a separate port. */
export class MetricsListener {
  readonly #listener: Listener;

  /** @param at the address; port 0 lets the system choose. */
  constructor(
    private readonly at: { readonly host: string; readonly port: number },
    options: ServerOptions,
    host: MetricsHost,
  ) {
    const { trustedProxies } = host;
    const gate = new RequestGate(host.hosts, trustedProxies, false);
    const web = new WebServer(options, host, gate, metricsRoutes(host.route));
    const admission = new Admission(
      { maxClients: 1, maxPending: METRICS_CONNECTIONS, maxPerAddress: 0, maxRefused: 1 },
      host.refusals,
    );
    this.#listener = new Listener(
      {
        ...at,
        backlog: METRICS_CONNECTIONS,
        watchMilliseconds: options.watchMilliseconds,
        maxConnections: 2 * METRICS_CONNECTIONS,
      },
      host.log,
      (socket) =>
        web.take(
          new SocketTransport(socket, peerOf(socket, trustedProxies), host),
          ticketOf(socket, admission),
        ),
    );
  }

  /**
   * Starts to listen.
   *
   * @returns the address, with the actual port.
   * @throws the error of `listen`, with its `code` and a sentence as message.
   */
  async listen(): Promise<{ host: string; port: number }> {
    try {
      const { address, port } = await this.#listener.listen();
      return { host: address, port };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code === "EADDRINUSE"
        ? "the port is in use. Choose another one with --metrics-listen."
        : message;
      const text = `Cannot listen on ${hostPort(this.at)} for the metrics: ${reason}`;
      throw Object.assign(new Error(text, { cause: error }), { code });
    }
  }

  close(): void {
    this.#listener.close();
  }
}
