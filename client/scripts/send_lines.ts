/**
 * Sends lines as messages, and leaves when all were acknowledged.
 *
 * @module
 */

import { isBlank } from "../../protocol/mod.ts";
import type { OutputStream } from "../batched_output.ts";
import { ChatClient, type ConnectOptions } from "../chat_client.ts";
import { ChatError } from "../core/chat_error.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import { connectionLine } from "../connection_lines.ts";
import type { Closing } from "../core/server_connection.ts";
import { failedOutcome, GOODBYE_MILLISECONDS, unreadableOutcome } from "../leaving.ts";
import type { ChatOutcome } from "../outcome.ts";
import { SCRIPT_RECONNECT } from "../core/reconnection.ts";

const WINDOW = 64;

/** The lines to send, and the server. */
export interface SendLinesOptions extends ConnectOptions {
  /** One message each; blank lines are skipped. An error in place of a line counts as refused. */
  readonly lines: Iterable<string | ChatError> | AsyncIterable<string | ChatError>;
  /** Whispers to this user instead of sending to the room. */
  readonly whisperTo?: string;
  /** Receives refusals, and the reason of an unexpected end. */
  readonly errors: OutputStream;
}

/**
 * Sends the lines in order. It never rejects: errors are written to `errors` and returned in the
 * outcome.
 */
export async function sendLines(options: SendLinesOptions): Promise<ChatOutcome> {
  const { lines, whisperTo, errors, stop, ...connect } = options;
  errors.on("error", () => {}); // a broken error output is ignored
  let client: ChatClient | undefined;
  const leave = () => void client?.quit(GOODBYE_MILLISECONDS);
  stop?.addEventListener("abort", leave);
  try {
    client = await ChatClient.connect({
      reconnect: SCRIPT_RECONNECT,
      listen: true,
      ...connect,
      ...(stop === undefined ? undefined : { stop }),
    });
    void printConnection(client, errors);
    const sent = sendAll(client, lines, whisperTo, errors);
    sent.catch(() => {}); // the race below may be over
    // The next line may come hours after the end of the connection.
    const refused = await Promise.race([sent, client.closed]);
    if ("type" in refused) return endedEarly(refused, options);
    await client.quit();
    if (refused.fault !== undefined) return unreadableOutcome(refused.fault.reason, errors);
    return { type: "quit", by: "end of input", refused: refused.count };
  } catch (error) {
    return failedOutcome(error, options, errors, client !== undefined);
  } finally {
    stop?.removeEventListener("abort", leave);
    client?.close();
  }
}

function endedEarly(closing: Closing, { errors, stop }: SendLinesOptions): ChatOutcome {
  switch (closing.type) {
    case "left":
      return { type: "quit", by: stop?.aborted === true ? "stopped" : "end of input", refused: 0 };
    case "server closed":
      errors.write(closing.text + "\n");
      return closing;
    case "lost":
      errors.write(closing.error.message + "\n");
      return { type: "failed", error: closing.error, joined: true };
  }
}

/** The end of the lines. */
interface Sent {
  /** Number of refused lines. */
  readonly count: number;
  /** Why no more lines could be read. */
  readonly fault: { readonly reason: unknown } | undefined;
}

/** @throws {ConnectionError} when the connection has ended. */
async function sendAll(
  client: ChatClient,
  lines: SendLinesOptions["lines"],
  whisperTo: string | undefined,
  errors: OutputStream,
): Promise<Sent> {
  const unanswered = new Set<Promise<void>>();
  let count = 0;
  let fault: Sent["fault"];
  let end: ConnectionError | undefined;
  const failed = (error: unknown) => {
    if (error instanceof ConnectionError && client.isClosed) end ??= error;
    else {
      count++;
      errors.write((error instanceof Error ? error.message : String(error)) + "\n");
    }
  };
  const send = (line: string) => {
    const answer = whisperTo === undefined ? client.send(line) : client.whisper(whisperTo, line);
    const answered: Promise<void> = answer.then(() => {}, failed)
      .finally(() => unanswered.delete(answered));
    unanswered.add(answered);
  };
  try {
    for await (const line of lines) {
      if (line instanceof ChatError) failed(line);
      else if (!isBlank(line)) send(line);
      if (unanswered.size >= WINDOW) await Promise.race(unanswered);
      if (end !== undefined) break;
    }
  } catch (reason) {
    fault = { reason };
  }
  await Promise.all(unanswered);
  if (end !== undefined) throw end;
  return { count, fault };
}

async function printConnection(client: ChatClient, errors: OutputStream): Promise<void> {
  for await (const event of client.events()) {
    if (event.type === "connection") errors.write(connectionLine(event) + "\n");
  }
}
