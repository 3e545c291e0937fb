import type { Socket } from "node:net";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { plainAddress } from "../addresses/network_address.ts";

export interface ErrorReport {
  readonly log: Pick<Log, "error">;
  readonly metrics: Pick<Metrics, "internalErrors">;
}

/**
 * Counts and logs an error of the server itself, with its stack.
 *
 * @param address of the client whose input was being processed, if any.
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

/** Runs the work for one socket: an error is reported, and closes that socket only. */
export function guardSocket(report: ErrorReport, socket: Socket, run: () => void): void {
  try {
    run();
  } catch (error) {
    reportInternalError(report, error, plainAddress(socket.remoteAddress));
    socket.destroy();
  }
}
