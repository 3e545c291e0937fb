/**
 * Executes typed and piped lines, for all user interfaces.
 *
 * @module
 */

import { type ClientFrame, isSameName, type ServerFrame } from "../protocol/mod.ts";
import type { ChatClient } from "./chat_client.ts";
import type { CurrentRoom } from "./current_room.ts";

/**
 * Sends a typed frame, and waits for the answer of the server.
 *
 * @returns the sent whisper to show, since the server does not send it back.
 * @throws {ChatError} when the server refuses; the error is also among the client's events.
 * @throws {ConnectionError} when the connection ends first.
 */
export async function carryOut(
  client: ChatClient,
  room: CurrentRoom,
  frame: ClientFrame,
  now: () => number,
): Promise<ServerFrame | undefined> {
  switch (frame.type) {
    case "message":
      await client.send(frame.text, { room: room.name, action: frame.action === true });
      return;
    case "whisper":
      return sentWhisper(client, await client.whisper(frame.to, frame.text), frame.text, now());
    case "reply":
      return sentWhisper(client, await client.reply(frame.text), frame.text, now());
    case "nick":
      await client.nick(frame.name, frame.password);
      return;
    case "join":
      await room.enter(frame.room);
      return;
    case "leave":
      await room.leave(frame.room);
      return;
    case "users":
      await client.users(room.name);
      return;
    case "rooms":
      await client.rooms();
      return;
    case "quit":
      await client.quit(undefined, frame.reason);
      return;
    case "topic":
    case "history":
    case "search":
      client.post({ room: room.name, ...frame });
      await client.ping();
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
  if (isSameName(to, client.name)) return undefined;
  return { type: "whisper", from: client.name, to, text, time };
}

/** The argument of `/room NAME`, which only clients have; `undefined` for any other line. */
export function turnOf(line: string): string | undefined {
  const found = /^\/room(?:\s+(.*?))?\s*$/i.exec(line);
  return found === null ? undefined : found[1] ?? "";
}
