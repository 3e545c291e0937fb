import type { Credentials } from "./client_options.ts";
import { ConnectionError } from "./core/connection_errors.ts";

/** A sentence, behind a space, for a user whose password a server did not get; empty otherwise. */
export function unsentPassword(
  error: unknown,
  { password, serverPassword }: Credentials,
): string {
  const wasGiven = password !== undefined || serverPassword !== undefined;
  const isUnsent = error instanceof ConnectionError && error.phase === "introduce";
  return wasGiven && isUnsent ? " The password was not sent." : "";
}
