/**
 * Sends one file, and leaves.
 *
 * @module
 */

import type { OutputStream } from "../batched_output.ts";
import { ChatClient, type ConnectOptions } from "../chat_client.ts";
import { ChatError } from "../core/chat_error.ts";
import { FileError } from "../files/file_error.ts";
import { postFile } from "../files/post_file.ts";
import { sendFile } from "../files/send_file.ts";
import { failedOutcome } from "../leaving.ts";
import type { ChatOutcome } from "../outcome.ts";

/** The file to send, and the server. */
export interface SendPathOptions extends ConnectOptions {
  readonly path: string;
  /** Offers the file to this user, instead of posting it in the room. */
  readonly whisperTo?: string;
  /** Receives refusals, and the reason of an unexpected end. */
  readonly errors: OutputStream;
}

/**
 * Posts a file in a room of a server that keeps files, or sends it to a user who accepts it. It never
 * rejects: errors are written to `errors` and returned in the outcome.
 */
export async function sendPath(options: SendPathOptions): Promise<ChatOutcome> {
  const { path, whisperTo, errors, stop, ...connect } = options;
  errors.on("error", () => {}); // a broken error output is ignored
  let client: ChatClient | undefined;
  try {
    client = await ChatClient.connect({
      listen: true,
      ...connect,
      ...(stop === undefined ? undefined : { stop }),
    });
    await send(client, path, whisperTo, stop);
    await client.quit();
    return { type: "quit", by: "end of input", refused: 0 };
  } catch (error) {
    if (!(error instanceof FileError)) {
      return failedOutcome(error, options, errors, client !== undefined);
    }
    if (stop?.aborted === true) return { type: "quit", by: "stopped", refused: 0 };
    errors.write(`${error.message}\n`);
    return { type: "quit", by: "end of input", refused: 1 };
  } finally {
    client?.close();
  }
}

async function send(
  client: ChatClient,
  path: string,
  whisperTo: string | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  if (whisperTo !== undefined) return void await sendFile(client, whisperTo, path, options);
  const { fileStore, joinedRooms: [room = ""] } = client;
  if (fileStore === undefined) throw ChatError.of("no_stored_files");
  await postFile(fileStore, room, path, options);
}
