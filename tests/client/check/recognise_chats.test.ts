/** Chats without a prompt are distinguished from echo servers. */

import { assertEquals } from "@std/assert";
import net from "node:net";
import { CheckContext } from "../../../client/check/check.ts";
import { ANY_PROMPT } from "../../../client/lines/prompts.ts";
import { recognise } from "../../../client/check/recognise.ts";

/** The messages of a small chat, and their receivers. */
interface ChatHabits {
  readonly greeting?: string;
  /** Reads the first line of a client as its name. */
  readonly hasNames?: boolean;
  /** Sent to a client that has given its name. */
  readonly welcome?: (name: string) => string;
  /** Sent to the clients in the chat, and to the new one if `toSender` is set. */
  readonly notice?: (name: string) => string;
  /** A message in the form that the others receive. */
  readonly message?: (name: string, text: string) => string;
  /** Sends messages to their sender as well. */
  readonly toSender?: boolean;
}

/** A chat in this process. */
function smallChat(habits: ChatHabits): net.Server {
  const { hasNames = false, toSender = false } = habits;
  const members = new Set<net.Socket>();
  const relay = (text: string, sender: net.Socket) => {
    for (const member of members) if (toSender || member !== sender) member.write(text);
  };
  return net.createServer((socket) => {
    let name: string | undefined;
    socket.on("error", () => {});
    socket.on("close", () => members.delete(socket));
    if (habits.greeting !== undefined) socket.write(habits.greeting);
    if (!hasNames) members.add(socket);
    socket.setEncoding("latin1");
    socket.on("data", (bytes) => {
      for (const line of String(bytes).trimEnd().split("\n")) {
        if (hasNames && name === undefined) {
          members.add(socket);
          name = line;
          if (habits.welcome !== undefined) socket.write(habits.welcome(name));
          if (habits.notice !== undefined) relay(habits.notice(name), socket);
        } else relay((habits.message ?? message)(name ?? "", line), socket);
      }
    });
  });
}

const message = (name: string, text: string) => (name === "" ? "" : `${name}: `) + `${text}\n`;

/** The title of the recognised kind of a server. */
async function titleOf(server: net.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const context = new CheckContext({ host: "127.0.0.1", port }, 2000, "2000");
  try {
    return (await recognise(context)).title;
  } finally {
    context.close();
    server.close();
  }
}

const UNPROMPTED = "a chat that asks for nothing and takes the first line as the name";
const NAMELESS = "a chat without names";
const joined = (name: string) => `*** ${name} has joined ***\n`;

const CHATS: Record<string, [habits: ChatHabits, title: string]> = {
  "sends notices and messages to all": [
    { hasNames: true, notice: joined, toSender: true },
    UNPROMPTED,
  ],
  "sends notices and messages to others": [{ hasNames: true, notice: joined }, UNPROMPTED],
  "sends no notices, and messages to all": [{ hasNames: true, toSender: true }, UNPROMPTED],
  "sends no notices, and messages to others": [{ hasNames: true }, UNPROMPTED],
  "greets first": [{ hasNames: true, greeting: "Hello!\n", notice: joined }, UNPROMPTED],
  "welcomes by name": [{ hasNames: true, welcome: (name) => `Welcome ${name}\n` }, UNPROMPTED],
  "answers with the bare name": [
    { hasNames: true, welcome: (name) => `${name}\n`, toSender: true },
    UNPROMPTED,
  ],
  "puts names in brackets": [
    { hasNames: true, message: (name, text) => `[12:00] <${name}> ${text}\r\n`, toSender: true },
    UNPROMPTED,
  ],
  "sends no line feeds": [
    {
      ...{ hasNames: true, notice: (name) => `${name} joined`, toSender: true },
      message: (name, text) => `${name}: ${text}`,
    },
    UNPROMPTED,
  ],
  "has no names, sends to others": [{}, NAMELESS],
  "has no names, sends to all": [{ toSender: true }, NAMELESS],
  "has no names, greets, sends to all": [{ greeting: "Hello!\n", toSender: true }, NAMELESS],
  "asks late": [
    { hasNames: true, welcome: () => "What is your nickname?\n" },
    'a chat that asks "What is your nickname?"',
  ],
};

Deno.test("recognise: distinguishes chats without a prompt from echo servers", async () => {
  await Promise.all(
    Object.entries(CHATS).map(async ([what, [habits, title]]) => {
      assertEquals(await titleOf(smallChat(habits)), title, what);
    }),
  );
});

Deno.test("recognise: the title of a chat has its own prompt", async () => {
  const title = await titleOf(smallChat({ greeting: "Hello!\n  Pick a nickname > " }));
  assertEquals(title, 'a chat that asks "Pick a nickname >"');
});

Deno.test("recognise: distinguishes questions for a name from other sentences", () => {
  const questions = [
    "NICK",
    "NICK\n",
    "[username]",
    "login: ",
    "Welcome!\r\nName:",
    "Please enter your name",
    "What is your name",
    "What's your nickname?\r\n",
    "Enter a user name>",
    "Nombre: ",
    "Gib deinen Namen ein: ",
    "Votre pseudo ?",
    "=====\nChat\n=====\nEnter nickname:\n> ",
    "Please enter your name\r\n>",
  ];
  const others = [
    "",
    "Welcome to the chat!\n",
    "Your name is guest12.\n",
    "Your nickname was changed to Ann.",
    "Type /nick NAME to change your name.\n",
    "Names are shown here\n",
    "Nicknames welcome\nsay something\n",
    "tournament: ",
    "Online: Ann, Bob\n> ",
  ];
  for (const text of questions) assertEquals(ANY_PROMPT.pattern.test(text), true, text);
  for (const text of others) assertEquals(ANY_PROMPT.pattern.test(text), false, text);
});
