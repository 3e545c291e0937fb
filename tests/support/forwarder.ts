import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";

/** A piece of network between a client and a server, that can be cut and held up. */
export interface Forwarder extends AsyncDisposable {
  readonly port: number;
  /** What each client has sent so far, one byte a character, in the order of their connections. */
  readonly sent: readonly string[];
  /** Breaks all connections, and lets none come about until {@link mend}. */
  cut(): void;
  /** Passes on nothing, in neither direction, without breaking anything. */
  hold(): void;
  /** Everything works again. */
  mend(): void;
}

/** Starts to forward connections to a port of this machine. */
export async function startForwarder(target: number): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const sent: string[] = [];
  let isCut = false;
  const listener = createServer({ allowHalfOpen: true }, (near) => {
    if (isCut) return void near.destroy();
    const far = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    const number = sent.push("") - 1;
    near.on("data", (bytes: Uint8Array) => sent[number] += Buffer.from(bytes).toString("latin1"));
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from);
      from.on("error", () => {}); // "close" follows
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("Cannot listen");
  return {
    port: address.port,
    sent,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    hold() {
      for (const socket of sockets) socket.pause();
    },
    mend() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
