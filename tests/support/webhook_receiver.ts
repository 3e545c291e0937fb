import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { eventually } from "./eventually.ts";
import type { TestCertificate } from "./certificates.ts";

/** A request of a webhook. */
export interface ReceivedWebhook {
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver of webhooks inside the test; `await using` stops it. */
export class WebhookReceiver implements AsyncDisposable {
  readonly requests: ReceivedWebhook[] = [];
  connections = 0;
  readonly #sockets = new Set<net.Socket>();

  private constructor(private readonly server: net.Server, readonly scheme: "http" | "https") {
    server.on("connection", (socket: net.Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** @param answer called with each request. */
  static async start(
    answer: (response: http.ServerResponse, request: ReceivedWebhook) => void,
    tls?: TestCertificate,
  ): Promise<WebhookReceiver> {
    const listener: http.RequestListener = async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const received = { target: request.url!, headers: request.headers, body };
      receiver.requests.push(received);
      answer(response, received);
    };
    const server = tls === undefined
      ? http.createServer(listener)
      : https.createServer({ cert: tls.cert, key: tls.key }, listener);
    server.on("tlsClientError", () => {});
    const receiver = new WebhookReceiver(server, tls === undefined ? "http" : "https");
    return await receiver.#listen();
  }

  /** One that answers with bytes, or whatever else. @param handle called with each connection. */
  static async startRaw(handle: (socket: net.Socket) => void): Promise<WebhookReceiver> {
    return await new WebhookReceiver(net.createServer(handle), "http").#listen();
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(host = "127.0.0.1"): string {
    return `${this.scheme}://${host}:${this.port}/T0/B0?x=1`;
  }

  /** Resolves once this many requests have been received, with their texts. */
  async texts(count: number): Promise<string[]> {
    await eventually(() => this.requests.length >= count, `${count} webhooks`);
    return this.requests.map(({ body }) => JSON.parse(body).text);
  }

  async #listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
