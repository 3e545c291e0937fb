import { createServer, type Socket } from "node:net";
import { hostPort } from "../../protocol/mod.ts";
import type { EchoConnection } from "../../server/echo/acceptor.ts";
import { pullFrom } from "./node_stream.ts";
import type { ListeningAcceptor, ListenOptions } from "./runtime.ts";

/** Listens, and accepts clients as they come. */
export async function listen({ host, port, backlog }: ListenOptions): Promise<ListeningAcceptor> {
  const queue = new AcceptQueue();
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    queue.add(connectionOf(socket, socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog }, resolve);
  });
  server.on("error", (error) => queue.fail(error));
  const address = server.address() as { readonly address: string; readonly port: number };
  return {
    host: address.address,
    port: address.port,
    accept: () => queue.next(),
    close() {
      server.close();
      queue.close();
    },
  };
}

/** Accepted clients that wait for a call, or a call that waits for a client. */
export class AcceptQueue {
  readonly #clients: EchoConnection[] = [];
  #waiting: PromiseWithResolvers<EchoConnection | undefined> | undefined;
  /** An error that no call has received. */
  #error: Error | undefined;
  #isClosed = false;

  add(client: EchoConnection): void {
    if (this.#isClosed) client.close();
    else if (this.#waiting === undefined) this.#clients.push(client);
    else this.#settle((waiting) => waiting.resolve(client));
  }

  /** Rejects the waiting call, or else the next one. */
  fail(error: Error): void {
    if (this.#waiting === undefined) this.#error = error;
    else this.#settle((waiting) => waiting.reject(error));
  }

  /** The next client; `undefined` after {@link close}. Must not be called while another call waits. */
  next(): Promise<EchoConnection | undefined> {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined && !this.#isClosed) return Promise.reject(error);
    if (this.#isClosed || this.#clients.length > 0) return Promise.resolve(this.#clients.shift());
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** Closes the clients that wait, and ends a waiting call. */
  close(): void {
    this.#isClosed = true;
    for (const client of this.#clients.splice(0)) client.close();
    this.#settle((waiting) => waiting.resolve(undefined));
  }

  #settle(how: (waiting: PromiseWithResolvers<EchoConnection | undefined>) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) how(waiting);
  }
}

/** @param peer the address of the client. */
export function connectionOf(
  socket: Socket,
  { remoteAddress = "", remotePort = 0 }: Pick<Socket, "remoteAddress" | "remotePort">,
): EchoConnection {
  // Detects a client whose machine vanished without closing the connection.
  socket.setKeepAlive(true);
  socket.setNoDelay(true);
  const reader = pullFrom(socket);
  return {
    peer: hostPort({ host: remoteAddress.replace(/^::ffff:/, ""), port: remotePort }),
    read: (buffer) => reader.read(buffer),
    write: (bytes) => settled((done) => void socket.write(bytes, done)),
    closeWrite: () => settled((done) => void socket.end(done)),
    close: () => void socket.destroy(),
  };
}

/** Runs an action that calls back with an error or without. */
function settled(action: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    action((error) => error == null ? resolve() : reject(error));
  });
}
