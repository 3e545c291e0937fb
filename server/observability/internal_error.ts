import type { Socket } from "node:net";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { plainAddress } from "../addresses/network_address.ts";

/** Where errors of the server itself are reported. */
export interface ErrorReport {
  readonly log: Pick<Log, "error">;
  readonly metrics: Pick<Metrics, "internalErrors">;
}

/**
 * Counts an error of the server itself, and logs it with its stack.
 *
 * @param address of the client on whose account it was thrown, if there is one.
 */
export function reportInternalError(
  { log, metrics }: ErrorReport,
  error: unknown,
  address?: string,
): void {
  metrics.internalErrors++;
  log.error("internal error", {
    ...(address === undefined ? undefined : { address }),
    error: String(error),
    ...(error instanceof Error && error.stack !== undefined ? { stack: error.stack } : undefined),
  });
}

/** Runs what is done on account of one socket: what it throws is reported, and ends that socket alone. */
export function guardSocket(report: ErrorReport, socket: Socket, run: () => void): void {
  try {
    run();
  } catch (error) {
    reportInternalError(report, error, plainAddress(socket.remoteAddress));
    socket.destroy();
  }
}
