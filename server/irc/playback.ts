import { IRC_SERVER, ircLine, type MessageFrame, Timestamps } from "../../protocol/mod.ts";
import type { IrcClient } from "./irc_client.ts";

/**
 * Sends past messages of a room: in a batch to clients that support it, with their time in the text to
 * clients that know no times of lines.
 */
export function sendMessages(
  client: IrcClient,
  room: string,
  messages: readonly MessageFrame[],
): void {
  const { codec } = client;
  const stamps = new Timestamps("iso");
  sendBatch(client, `chathistory #${room}`, (moreTags = "") =>
    messages.map((message) => {
      const text = codec.hasTime ? message.text : stamps.at(message.time) + message.text;
      return codec.messageLines({ ...message, text }, { moreTags });
    }).join(""));
}

/**
 * Sends lines as a batch, to clients that support batches.
 *
 * @param type of the batch, and its parameters.
 * @param lines makes the lines with a further tag.
 */
export function sendBatch(
  client: IrcClient,
  type: string,
  lines: (tag: string | undefined) => string,
): void {
  if (!client.capabilities.has("batch")) return client.write(lines(undefined));
  const batch = client.nextBatch();
  const start = ircLine(`:${IRC_SERVER} BATCH +${batch} ${type}`);
  client.write(start + lines(`batch=${batch}`) + ircLine(`:${IRC_SERVER} BATCH -${batch}`));
}
