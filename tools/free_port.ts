/**
 * Ports that no socket gets without asking: the system gives those from 32,768 on, and the load tester
 * binds those from 10,000 on for very many connections. Browsers and `fetch` connect to all of them; of
 * those below they refuse some, such as 2049 and 6000. The default ports of the program are lower.
 */
const PORTS = { first: 8100, count: 1900 };

/** Ports that this thread has got: some are not in use yet. */
const given = new Set<number>();

/** A free port of 127.0.0.1, for programs that cannot have the system choose one, and for servers that are
 * started on it more than once: no other program gets it meanwhile. */
export function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if (given.has(port) || !isFree(port)) continue;
    given.add(port);
    return port;
  }
  throw new Error("Cannot find a free port: 100 are in use");
}

/** Whether no program listens on a port of 127.0.0.1. */
export function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    return false;
  }
}
