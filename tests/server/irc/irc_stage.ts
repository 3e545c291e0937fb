import { assertEquals } from "@std/assert";
import { toByteString } from "../../../protocol/mod.ts";
import { Chat, type TestClient } from "../chat.ts";

/** An IRC client of a chat in a test. */
export class IrcClient {
  constructor(readonly client: TestClient) {}

  /** Sends lines, and returns the lines that the client has received since the last call. */
  say(...lines: string[]): string[] {
    this.client.send(toByteString(lines.map((line) => `${line}\r\n`).join("")));
    return this.lines();
  }

  /** The lines since the last call. */
  lines(): string[] {
    const text = this.client.received();
    return text === "" ? [] : text.replace(/\r\n$/, "").split("\r\n");
  }

  /** The same for lines that must be answered by one line. */
  answer(line: string): string {
    const lines = this.say(line);
    assertEquals(lines.length, 1, lines.join("\n"));
    return lines[0]!;
  }

  /** The numbers of the replies to lines. */
  numbers(...lines: string[]): string[] {
    return this.say(...lines).map((line) => line.split(" ")[1]!);
  }
}

/** An IRC client that has sent nothing. */
export function connectIrc(chat: Chat): IrcClient {
  return new IrcClient(chat.connect("irc"));
}

/** An IRC client with a name, capabilities and rooms. What all clients have received is dropped. */
export function joinIrc(
  chat: Chat,
  nick: string,
  { rooms = "#lobby", capabilities = "" }: { rooms?: string; capabilities?: string } = {},
): IrcClient {
  const irc = connectIrc(chat);
  if (capabilities !== "") irc.say(`CAP REQ :${capabilities}`);
  irc.say(`NICK ${nick}`, "USER u 0 * :U", "CAP END");
  if (rooms !== "") irc.say(`JOIN ${rooms}`);
  for (const each of chat.clients) each.received();
  return irc;
}

/** A chat with Bob in the lobby over IRC, and Ann there as a user of text lines. */
export function scene(): {
  chat: Chat;
  bob: IrcClient;
  ann: ReturnType<Chat["join"]>;
} {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob");
  const ann = chat.join("Ann", "text");
  return { chat, bob, ann };
}

/** A member with the rights of an operator. */
export function asOperator(chat: Chat, name: string): void {
  chat.hub.members.find(name)!.isOperator = true;
}
