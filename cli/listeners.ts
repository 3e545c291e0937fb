import type { IdleListener } from "../bench/engine/run_backlog.ts";
import { CliError, EXIT } from "./exit.ts";
import { hostPort } from "../protocol/mod.ts";
import type { Acceptor, EchoConnection } from "../server/echo/acceptor.ts";

/** A listener that accepts one client per call, and its address. */
export interface DenoAcceptor extends Acceptor {
  readonly host: string;
  readonly port: number;
}

/**
 * Listens with the runtime's own listener, which takes a client from the kernel's queue only when
 * `accept` is called, and passes the backlog to the kernel unchanged (measured in Deno 2.9.6 on
 * Linux).
 *
 * @throws {CliError} with what to do.
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

const GREETING = new TextEncoder().encode("welcome\n");

/**
 * Starts a listener on a free port of 127.0.0.1 that accepts no client before `accept` is called.
 *
 * It is the runtime's own listener, which passes any backlog to the kernel unchanged: `node:net` reads
 * 0 as its default, 511 (Deno 2.9.6).
 */
export function denoIdleListener(backlog: number): Promise<IdleListener> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: backlog });
  return Promise.resolve({
    port: listener.addr.port,
    accept: () => void greetAll(listener),
    close() {
      try {
        listener.close();
      } catch {
        // It was closed before.
      }
    },
  });
}

async function greetAll(listener: Deno.TcpListener): Promise<void> {
  try {
    for await (const connection of listener) void greet(connection);
  } catch {
    // It was closed meanwhile.
  }
}

async function greet(connection: Deno.TcpConn): Promise<void> {
  try {
    await connection.write(GREETING);
    await connection.readable.pipeTo(new WritableStream());
  } catch {
    // The client has closed the connection.
  }
}

/** The reason why listening failed, and what to do about it, as one line. */
export function listenFault(
  { code, message }: { readonly code: string | undefined; readonly message: string },
  { host, port }: { readonly host: string; readonly port: number },
): string {
  return `Cannot listen on ${hostPort({ host, port })}: ${adviceOf(code, message, host, port)}`;
}

function adviceOf(code: string | undefined, message: string, host: string, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return `the port is in use. Try --port ${
        port < 65_535 ? port + 1 : 8080
      }, or stop the other server.`;
    case "EACCES":
    case "EPERM":
      return "permission denied. Ports below 1024 need an administrator; try --port 8080.";
    case "EADDRNOTAVAIL":
    case "EINVAL": // Deno, for an address of another machine
      return "this machine does not have that address. " +
        "Try --host 127.0.0.1, or --host 0.0.0.0 for all interfaces.";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `"${host}" is not an address that can be found. Try --host 127.0.0.1.`;
    default:
      return `${message}.`;
  }
}
