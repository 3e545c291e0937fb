/**
 * Executes typed and piped lines, for all user interfaces.
 *
 * @module
 */

import { type ClientFrame, nameKey, type ServerFrame } from "../protocol/mod.ts";
import type { ChatClient } from "./chat_client.ts";

/**
 * Sends a typed frame, and waits for the answer of the server.
 *
 * @returns the sent whisper to show, since the server does not send it back.
 * @throws {ChatError} when the server refuses; the error is also among the client's events.
 * @throws {ConnectionError} when the connection ends first.
 */
export async function carryOut(
  client: ChatClient,
  frame: ClientFrame,
  now: () => number,
): Promise<ServerFrame | undefined> {
  switch (frame.type) {
    case "message":
      await client.send(frame.text, { action: frame.action === true });
      return;
    case "whisper":
      return sentWhisper(client, await client.whisper(frame.to, frame.text), frame.text, now());
    case "reply":
      return sentWhisper(client, await client.reply(frame.text), frame.text, now());
    case "nick":
      await client.nick(frame.name, frame.password);
      return;
    case "join":
      await client.join(frame.room);
      return;
    case "leave":
      await client.leave();
      return;
    case "users":
      await client.users();
      return;
    case "rooms":
      await client.rooms();
      return;
    case "quit":
      await client.quit(undefined, frame.reason);
      return;
    default:
      client.post(frame);
      await client.ping(); // the answer has no id, but comes before the pong
      return;
  }
}

function sentWhisper(
  client: ChatClient,
  { to }: { to: string },
  text: string,
  time: number,
): ServerFrame | undefined {
  // The server sends a whisper to the same user back.
  if (nameKey(to) === nameKey(client.name)) return undefined;
  return { type: "whisper", from: client.name, to, text, time };
}
