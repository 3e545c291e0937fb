/**
 * What a typed or piped line does: the same in every face.
 *
 * @module
 */

import { type ClientFrame, nameKey, type ServerFrame } from "../protocol/mod.ts";
import type { ChatClient } from "./chat_client.ts";

/**
 * Sends what somebody typed, and waits until the server has dealt with it.
 *
 * @returns the whisper that was sent, which the person is to see and the server does not send back.
 * @throws {ChatError} when the server refuses; the error is among the client's events as well.
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
    case "quit":
      await client.quit(undefined, frame.reason);
      return;
    default:
      client.post(frame);
      await client.ping(); // its answer carries no id; the pong's comes after it
      return;
  }
}

function sentWhisper(
  client: ChatClient,
  { to }: { to: string },
  text: string,
  time: number,
): ServerFrame | undefined {
  // The server sends a whisper to oneself back.
  if (nameKey(to) === nameKey(client.name)) return undefined;
  return { type: "whisper", from: client.name, to, text, time };
}
