/**
 * Connections to one port whose source is left to the system. Linux has 28,232 ports for them by
 * default, macOS and Windows 16,384, but it takes those of one parity first: behind the 14,116th
 * connection it searches all ports for each (measured on Linux 6.18: 14,000 connections in 3 s, the
 * next 1000 in 4 s).
 */
const UNBOUND_CONNECTIONS = 10_000;

/** Ports of one address that are assigned in order, and spare ones for ports in use. */
const FIRST_PORT = 10_000;
const PORTS_PER_ADDRESS = 20_000;
const SPARE_PORTS = 20_000;

/** Attempts of a connection before the system chooses its source: macOS has 127.0.0.1 only. */
const SOURCES_TRIED = 8;

/** The local address and port of a connection. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

/**
 * The source of a connection by its number in the run; `undefined` if the system chooses.
 *
 * @param attempt number of sources that were in use.
 */
export type SourceOf = (index: number, attempt: number) => Source | undefined;

/**
 * Sources for connections to a server on this machine's 127.0.0.0/8 or ::1, so that no connection
 * needs a search for a free port: the first 10,000 are left to the system, the others have addresses
 * of 127.0.0.0/8, or ::1, and ports of their own. Behind 50,000 connections to ::1 the system chooses.
 *
 * @param host of the server. To another machine there is one address only, and the system chooses.
 * @param connections of the whole run.
 * @param seed differs from run to run: ports of a run before may not be free again yet.
 * @param first number in the run of the connection that is 0 here.
 */
export function sourcesOf(
  host: string,
  connections: number,
  seed: string,
  first = 0,
): SourceOf {
  if (connections <= UNBOUND_CONNECTIONS) return () => undefined;
  const hash = hashOf(seed);
  const addressOf = host === "::1" ? () => host : isLoopback(host)
    ? (place: number) => {
      const [second, third] = [1 + hash % 250, (hash >>> 8) % 250];
      return `127.${second}.${third}.${1 + Math.floor(place / PORTS_PER_ADDRESS)}`;
    }
    : undefined;
  return (index, attempt) => {
    const place = first + index - UNBOUND_CONNECTIONS;
    if (place < 0 || addressOf === undefined || attempt >= SOURCES_TRIED) return undefined;
    // The only address has the spare ports, too.
    if (host === "::1" && place >= PORTS_PER_ADDRESS + SPARE_PORTS) return undefined;
    const port = attempt === 0
      ? (host === "::1" ? place : place % PORTS_PER_ADDRESS)
      : PORTS_PER_ADDRESS + hashOf(`${seed} ${place} ${attempt}`) % SPARE_PORTS;
    return { address: addressOf(place), port: FIRST_PORT + port };
  };
}

/** Number of addresses that {@link sourcesOf} assigns, including that of unbound connections. */
export function countSourceAddresses(host: string, connections: number): number {
  if (!isLoopback(host)) return 1;
  return 1 + Math.ceil(Math.max(connections - UNBOUND_CONNECTIONS, 0) / PORTS_PER_ADDRESS);
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3})$/.test(host);
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
