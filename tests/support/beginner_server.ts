import { hasCommand } from "./commands.ts";
import { startCommand } from "./foreign_server.ts";
import { PROJECT } from "./program.ts";

/** True where the small servers cannot be started. */
export const withoutBeginners = !hasCommand("python3", "--version");

/**
 * Starts a small server as beginners write them; its kinds are in `tests/fixtures/beginner_server.py`.
 *
 * @param pauseSeconds pause before it accepts the next client. Default: 0.
 */
export function startBeginner(
  kind: string,
  pauseSeconds = 0,
): Promise<AsyncDisposable & { port: number }> {
  return startCommand(
    "python3",
    [`${PROJECT}tests/fixtures/beginner_server.py`, kind, String(pauseSeconds)],
    /^Listening on port (\d+)$/m,
  );
}
