import type { IdleListener } from "../bench/mod.ts";

const GREETING = new TextEncoder().encode("welcome\n");

/**
 * Starts a listener on a free port of 127.0.0.1 that accepts nobody until it is told to.
 *
 * It is the runtime's own, which takes a client from the kernel's queue only when asked, and hands the
 * kernel any backlog as it is: that of `node:net` takes 0 for its default, 511 (Deno 2.9.6).
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
        // It is closed already.
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
    // A client that has given up.
  }
}
