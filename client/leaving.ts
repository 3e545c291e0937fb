import type { ClientOptions, Credentials } from "./client_options.ts";
import { ChatError } from "./core/chat_error.ts";
import type { Clock } from "./core/clock.ts";
import { ConnectionError } from "./core/connection_errors.ts";
import type { ChatOutcome } from "./outcome.ts";
import { systemReason } from "./system_reason.ts";

/** Maximum time for the server's goodbye when a client leaves, in milliseconds, and after that for its
 * own files and output. */
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

/**
 * The outcome of a chat that failed or was stopped. Prints the error unless it was stopped.
 *
 * @param joined whether the client had joined.
 * @throws an error that is no {@link ConnectionError} or {@link ChatError}.
 */
export function failedOutcome(
  error: unknown,
  options: Credentials & Pick<ClientOptions, "stop">,
  errors: { write(text: string): unknown },
  joined = false,
): ChatOutcome {
  if (!(error instanceof ConnectionError || error instanceof ChatError)) throw error;
  if (options.stop?.aborted === true) return { type: "quit", by: "stopped", refused: 0 };
  errors.write(`${error.message}${unsentPassword(error, options)}\n`);
  return { type: "failed", error, joined };
}

/** The outcome of an input that cannot be read further. Prints the reason. */
export function unreadableOutcome(
  error: unknown,
  errors: { write(text: string): unknown },
): ChatOutcome {
  errors.write(`Cannot read the input: ${systemReason(error)}.\n`);
  return { type: "unreadable" };
}

/** A sentence after a space when a given password was not sent; otherwise empty. */
export function unsentPassword(
  error: unknown,
  { password, serverPassword }: Credentials,
): string {
  const wasGiven = password !== undefined || serverPassword !== undefined;
  const isUnsent = error instanceof ConnectionError && error.phase === "introduce";
  return wasGiven && isUnsent ? " The password was not sent." : "";
}
