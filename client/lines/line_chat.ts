/**
 * The chat with a server other than hubbub: what it has on a terminal and in a pipe.
 *
 * @module
 */

import { hostPort } from "../../protocol/mod.ts";
import { mayHoldPassword, parseInput } from "../../protocol/commands.ts";
import type { ClientOptions, Credentials } from "../client_options.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import { endpointOf } from "../core/transport.ts";
import type { PlainPeer } from "../core/unknown_peer.ts";
import { unsentPassword } from "../leaving.ts";
import type { ChatOutcome, LeaveReason } from "../outcome.ts";

/** Matches the advice for a mistyped command with a password. */
const PASSWORD_ADVICE = /Did you mean \/(?:register|nick)\?/;

/**
 * The reason why a line is not sent: it is a command of hubbub with a password, or a mistyped one, and a
 * user who expected hubbub would send the password to another server. That server's own commands pass.
 */
export function refusalOf(line: string): string | undefined {
  if (!mayHoldPassword(line)) return undefined;
  const command = line.trim();
  const error = parseInput(command)?.error;
  if (error?.code === "unknown_command" && !PASSWORD_ADVICE.test(error.text)) return undefined;
  const [word] = command.split(/\s/, 1);
  return `Not sent: ${word}, since this is not a hubbub server and may show the password.`;
}

/** Whether a connection failed for lack of hubbub, so that plain lines are the next attempt. */
export function isPlainPeer(error: unknown): error is ConnectionError & { plainPeer: PlainPeer } {
  return error instanceof ConnectionError && error.plainPeer !== undefined;
}

/** The notice of the change to plain lines. */
export function fallbackNotice(
  options: ClientOptions & Credentials,
  error: ConnectionError & { plainPeer: PlainPeer },
): string {
  return `${hostPort(endpointOf(options))} is not a hubbub server: ` +
    `${error.plainPeer.description}.${unsentPassword(error, options)} Plain lines from here on.\n`;
}

/** Reuses the existing connection, or opens a new one. */
export function connectionTo({ connection }: PlainPeer, options: ClientOptions): ClientOptions {
  return connection === undefined ? options : { ...options, openTransport: connection.open };
}

/** Whether a line leaves the chat. */
export function isQuit(line: string): boolean {
  return /^\/?quit$/i.test(line.trim());
}

/** The error of a connection unless the user has left. A connection that breaks after the end of the
 * input may have lost a part of it. */
export function failureOf(
  leaveReason: LeaveReason | undefined,
  error: ConnectionError | undefined,
): ConnectionError | undefined {
  const hasLeft = leaveReason !== undefined && leaveReason !== "end of input";
  return hasLeft && error?.code !== "not_hubbub" ? undefined : error;
}

/** @param refused number of lines that were not sent. */
export function outcomeOf(
  leaveReason: LeaveReason | undefined,
  error: ConnectionError | undefined,
  refused = 0,
): ChatOutcome {
  if (error !== undefined) return { type: "failed", error, joined: error.code !== "not_hubbub" };
  if (leaveReason !== undefined) return { type: "quit", by: leaveReason, refused };
  return { type: "server closed", text: "" };
}
