import { hostPort } from "../protocol/mod.ts";
import type { Acceptor, EchoConnection } from "../server/echo/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { listenFault } from "./listen_fault.ts";

/** A listener that accepts when asked, and where it listens. */
export interface DenoAcceptor extends Acceptor {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens with the runtime's own listener, which takes a client from the kernel's queue only when
 * `accept` is called, and hands the kernel the backlog as it is (measured in Deno 2.9.6 on Linux).
 *
 * @throws {CliError} that says what to do.
 */
export function denoAcceptor(
  { host, port, backlog }: { host: string; port: number; backlog: number },
): DenoAcceptor {
  const listener = listen(host, port, backlog);
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
    close: () => listener.close(),
  };
}

function listen(host: string, port: number, backlog: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: host, port, tcpBacklog: backlog });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new CliError(
      listenFault({ code: codeOf(error), message: error.message }, { host, port }),
      EXIT.network,
      { cause: error },
    );
  }
}

/** The system's code of an error; an unknown host comes without one. */
function codeOf(error: Error): string | undefined {
  if (error.message.startsWith("failed to lookup address")) return "ENOTFOUND";
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function connectionOf(connection: Deno.TcpConn): EchoConnection {
  const { hostname, port } = connection.remoteAddr;
  // A machine that vanishes without a word must not be waited for until the end of time.
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

/** Does what a connection that has broken or is closed may refuse. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Whoever reads from the connection is told.
  }
}
