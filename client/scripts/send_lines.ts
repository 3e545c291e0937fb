/**
 * Says lines, each as it is, and leaves when all of them were taken.
 *
 * @module
 */

import { isBlank } from "../../protocol/mod.ts";
import type { OutputStream } from "../batched_output.ts";
import { ChatClient, type ConnectOptions } from "../chat_client.ts";
import { ChatError } from "../core/chat_error.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import { connectionLine } from "../core/connection_event.ts";
import type { Closing } from "../frame_connection.ts";
import { GOODBYE_MILLISECONDS, unsentPassword } from "../leaving.ts";
import type { ChatOutcome } from "../outcome.ts";
import { SCRIPT_RECONNECT } from "../core/reconnection.ts";

/** Lines that are sent before the first of them is answered. */
const WINDOW = 64;

/** What is to be said, and how to reach the server. */
export interface SendLinesOptions extends ConnectOptions {
  /** One message each; blank ones are left out. An error stands for one that cannot be said, and
   * counts as refused. */
  readonly lines: Iterable<string | ChatError> | AsyncIterable<string | ChatError>;
  /** Whispers to that person, instead of speaking to the room. */
  readonly whisperTo?: string;
  /** Gets what was refused, and why it ended if not by its own doing. */
  readonly errors: OutputStream;
}

/**
 * Says the lines in order. It never rejects: what went wrong is written to `errors` and in the
 * outcome.
 */
export async function sendLines(options: SendLinesOptions): Promise<ChatOutcome> {
  const { lines, whisperTo, errors, stop, ...connect } = options;
  errors.on("error", () => {}); // nobody is left to be told
  let client: ChatClient | undefined;
  const giveUp = () => void client?.quit(GOODBYE_MILLISECONDS);
  stop?.addEventListener("abort", giveUp);
  try {
    client = await ChatClient.connect({
      reconnect: SCRIPT_RECONNECT,
      listen: true,
      ...connect,
      ...(stop === undefined ? undefined : { stop }),
    });
    void tellConnection(client, errors);
    const said = sayAll(client, lines, whisperTo, errors);
    said.catch(() => {}); // whoever waits for it hears of it
    // There may be no next line for hours when the connection is over for good.
    const refused = await Promise.race([said, client.closed]);
    if (typeof refused !== "number") return endedEarly(refused, options);
    await client.quit();
    return { type: "quit", by: "end of input", refused };
  } catch (error) {
    if (!(error instanceof ConnectionError || error instanceof ChatError)) throw error;
    if (stop?.aborted === true) return { type: "quit", by: "stopped", refused: 0 };
    errors.write(`${error.message}${unsentPassword(error, options)}\n`);
    return { type: "failed", error, joined: client !== undefined };
  } finally {
    stop?.removeEventListener("abort", giveUp);
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

/** @returns how many lines were refused. @throws {ConnectionError} when the connection is over. */
async function sayAll(
  client: ChatClient,
  lines: SendLinesOptions["lines"],
  whisperTo: string | undefined,
  errors: OutputStream,
): Promise<number> {
  const underWay = new Set<Promise<void>>();
  let refused = 0;
  let end: ConnectionError | undefined;
  const failed = (error: unknown) => {
    if (error instanceof ConnectionError && client.isClosed) end ??= error;
    else {
      refused++;
      errors.write((error instanceof Error ? error.message : String(error)) + "\n");
    }
  };
  for await (const line of lines) {
    if (line instanceof ChatError) {
      failed(line);
      continue;
    }
    if (isBlank(line)) continue;
    const said = whisperTo === undefined ? client.send(line) : client.whisper(whisperTo, line);
    const answered: Promise<void> = said.then(() => {}, failed)
      .finally(() => underWay.delete(answered));
    underWay.add(answered);
    if (underWay.size >= WINDOW) await Promise.race(underWay);
    if (end !== undefined) break;
  }
  await Promise.all(underWay);
  if (end !== undefined) throw end;
  return refused;
}

async function tellConnection(client: ChatClient, errors: OutputStream): Promise<void> {
  for await (const event of client.events()) {
    if (event.type === "connection") errors.write(connectionLine(event) + "\n");
  }
}
