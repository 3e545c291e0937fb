/** A connection whose client answers no pings: only the system can find out that it is gone. */
export interface Probed {
  /** Has the system ask the other side for a sign of life. */
  probe(): void;
}

/** Seconds between two probes of a connection. */
export const PROBE_SECONDS = 10;

/**
 * Has the system look after people with `nc`, whose cable may be cut.
 *
 * Linux asks a silent peer after a time that a program may set, but then waits 75 s between two of
 * its nine questions (`tcp_keepalive_intvl`), and the runtime cannot set that. Setting the time again
 * asks again at once, so that nine silent probes take 90 s: measured, `tests/e2e/cut_cable.test.ts`.
 *
 * Each second a tenth of the connections is looked at.
 */
export class PeerProbes {
  readonly #groups = Array.from({ length: PROBE_SECONDS }, () => new Set<Probed>());
  #nextToJoin = 0;
  #nextToProbe = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;

  start(): void {
    this.#ticker = setInterval(() => this.tick(), 1000);
  }

  stop(): void {
    clearInterval(this.#ticker);
  }

  add(connection: Probed): void {
    this.#groups[this.#nextToJoin]!.add(connection);
    this.#nextToJoin = (this.#nextToJoin + 1) % PROBE_SECONDS;
  }

  remove(connection: Probed): void {
    for (const group of this.#groups) if (group.delete(connection)) return;
  }

  /** Probes those whose turn it is. */
  tick(): void {
    for (const connection of this.#groups[this.#nextToProbe]!) connection.probe();
    this.#nextToProbe = (this.#nextToProbe + 1) % PROBE_SECONDS;
  }
}
