import { ChatError } from "./core/chat_error.ts";
import type { ConnectionError } from "./core/connection_errors.ts";

/** Why a client has left. */
export type LeaveReason =
  /** `quit` or `/quit`. */
  | "command"
  /** Ctrl+D, or the end of piped input. */
  | "end of input"
  /** Ctrl+C at the prompt. */
  | "interrupt"
  /** The output is closed, as in `hubbub chat | head`. */
  | "output closed"
  /** The caller's stop signal. */
  | "stopped";

/** How a chat ended. Errors were printed already; the caller sets the exit code. */
export type ChatOutcome =
  /** The user or the input ended it. `refused` counts the lines that did not arrive: refused by the
   * server or the client, or not acknowledged when the client left. */
  | { readonly type: "quit"; readonly by: LeaveReason; readonly refused: number }
  /** The server closed, and sent the reason. */
  | { readonly type: "server closed"; readonly text: string }
  /** The output cannot be written, as on a full disk. */
  | { readonly type: "unwritable" }
  /** The input cannot be read further, as with a folder or a broken disk. */
  | { readonly type: "unreadable" }
  /** The connection broke, or the client never joined: then `joined` is false. */
  | {
    readonly type: "failed";
    readonly error: ConnectionError | ChatError;
    readonly joined: boolean;
  };

/**
 * The exit code of a chat: 0 done; 1 the server has refused the name or a message, or is gone, a message
 * did not arrive, or the input or output is broken; 3 cannot connect; 130 stopped by Ctrl+C or a signal.
 */
export function exitCodeOf(outcome: ChatOutcome): 0 | 1 | 3 | 130 {
  switch (outcome.type) {
    case "quit":
      if (outcome.by === "stopped" || outcome.by === "interrupt") return 130;
      return outcome.refused > 0 ? 1 : 0;
    case "server closed":
    case "unwritable":
    case "unreadable":
      return 1;
    case "failed":
      return outcome.joined || outcome.error instanceof ChatError ? 1 : 3;
  }
}
