import { hostPort } from "../../protocol/mod.ts";
import type { EchoConnection } from "../../server/echo/acceptor.ts";
import type { ListeningAcceptor, ListenOptions } from "./runtime.ts";

/**
 * Listens with the runtime's own listener, which takes a client from the kernel's queue only when
 * `accept` is called, and passes the backlog to the kernel unchanged (measured in Deno 2.9.6 on Linux);
 * `node:net` reads 0 as its default, 511.
 */
export function listen({ host, port, backlog }: ListenOptions): ListeningAcceptor {
  const listener = open(host, port, backlog);
  return {
    host: listener.addr.hostname,
    port: listener.addr.port,
    async accept() {
      try {
        return connectionOf(await listener.accept());
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return undefined; // closed
        throw error;
      }
    },
    close: () => attempt(() => listener.close()),
  };
}

function open(host: string, port: number, backlog: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: host, port, tcpBacklog: backlog });
  } catch (error) {
    // An unknown host comes without a code.
    if (!(error instanceof Error) || !error.message.startsWith("failed to lookup address")) {
      throw error;
    }
    throw Object.assign(new Error(error.message, { cause: error }), { code: "ENOTFOUND" });
  }
}

function connectionOf(connection: Deno.TcpConn): EchoConnection {
  const { hostname, port } = connection.remoteAddr;
  // Detects a client whose machine vanished without closing the connection.
  attempt(() => connection.setKeepAlive(true));
  attempt(() => connection.setNoDelay(true));
  return {
    peer: hostPort({ host: hostname.replace(/^::ffff:/, ""), port }),
    read: (buffer) => connection.read(buffer),
    async write(bytes) {
      let written = 0;
      while (written < bytes.length) written += await connection.write(bytes.subarray(written));
    },
    closeWrite: () => connection.closeWrite(),
    close: () => attempt(() => connection.close()),
  };
}

/** Runs an action that fails on a broken or closed connection. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The next read reports it.
  }
}
