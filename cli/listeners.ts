import type { IdleListener } from "../bench/engine/run_backlog.ts";
import { CliError, EXIT } from "./exit.ts";
import { hostPort } from "../protocol/mod.ts";
import type { Acceptor, EchoConnection } from "../server/echo/acceptor.ts";
import { type ListeningAcceptor, type ListenOptions, runtime } from "./runtime/mod.ts";

/**
 * Listens for an echo server.
 *
 * @throws {CliError} with what to do.
 */
export async function acceptorOf(options: ListenOptions): Promise<ListeningAcceptor> {
  try {
    return await runtime.listen(options);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code } = error as { code?: string };
    throw new CliError(listenFault({ code, message: error.message }, options), EXIT.network, {
      cause: error,
    });
  }
}

const GREETING = new TextEncoder().encode("welcome\n");

/** Size of the buffer of a greeted connection, whose input is discarded. */
const READ_BYTES = 4096;

/** Starts a listener on a free port of 127.0.0.1 that accepts no client before `accept` is called. */
export async function idleListener(backlog: number): Promise<IdleListener> {
  const acceptor = await runtime.listen({ host: "127.0.0.1", port: 0, backlog, isOnDemand: true });
  return {
    port: acceptor.port,
    accept: () => void greetAll(acceptor),
    close: () => acceptor.close(),
  };
}

async function greetAll(acceptor: Acceptor): Promise<void> {
  try {
    for (let connection; (connection = await acceptor.accept()) !== undefined;) {
      void greet(connection);
    }
  } catch {
    // It was closed meanwhile.
  }
}

async function greet(connection: EchoConnection): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  try {
    await connection.write(GREETING);
    while (await connection.read(buffer) !== null);
  } catch {
    // The client has closed the connection.
  }
  connection.close();
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
