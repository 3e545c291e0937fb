import type { Clock } from "./core/clock.ts";
import type { Credentials } from "./client_options.ts";
import { ConnectionError } from "./core/connection_errors.ts";

/** Maximum time that a client waits for the server's goodbye when it leaves, in milliseconds; and after
 * that for its own files and output. */
export const GOODBYE_MILLISECONDS = 1000;

/** Waits for the work, at most {@link GOODBYE_MILLISECONDS}. */
export async function briefly(work: Promise<unknown>, clock: Clock): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(GOODBYE_MILLISECONDS, late.resolve);
  await Promise.race([work, late.promise]).finally(cancel);
}

/**
 * Waits for the work, at most {@link GOODBYE_MILLISECONDS} after the signal: an output that is not read
 * must not delay the end of a stopped program.
 */
export async function untilStopped(
  work: Promise<unknown>,
  stop: AbortSignal | undefined,
  clock: Clock,
): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  const onStop = () => void briefly(work, clock).then(stopped.resolve, stopped.reject);
  if (stop?.aborted === true) onStop();
  stop?.addEventListener("abort", onStop);
  await Promise.race([work, stopped.promise])
    .finally(() => stop?.removeEventListener("abort", onStop));
}

/** A sentence, behind a space, for a user whose password a server did not get; empty otherwise. */
export function unsentPassword(
  error: unknown,
  { password, serverPassword }: Credentials,
): string {
  const wasGiven = password !== undefined || serverPassword !== undefined;
  const isUnsent = error instanceof ConnectionError && error.phase === "introduce";
  return wasGiven && isUnsent ? " The password was not sent." : "";
}
