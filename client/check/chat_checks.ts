import {
  backlogFault,
  type Check,
  type CheckContext,
  isUnserved,
  runSimultaneously,
  SIMULTANEOUS_CLIENTS,
} from "./check.ts";
import { CheckFailure, CheckSkipped } from "./check_failure.ts";
import { type ChatUnderTest, hasNoLineFeed, type JoinedClient } from "./chat_under_test.ts";
import { bytesOf } from "./check_client.ts";
import type { ChatServer } from "./server_kinds.ts";

/** Messages in a row: below the burst that servers with a rate limit allow. */
const MANY = 20;

/** Maximum number of messages until all simultaneous clients are served. */
const ATTEMPTS = 4;

/** Length of a long line: within the 1024 bytes that textbook servers read at once. */
const LONG_BYTES = 900;

/** Time for the answer to a command. */
const COMMAND_MILLISECONDS = 700;

/** The names of a command in different chats, the most frequent first. */
const LIST_COMMANDS = ["/users", "/list", "/who"];
const WHISPER_COMMANDS = ["/whisper", "/msg", "/w", "/pm"];
const QUIT_COMMANDS = ["/quit", "quit", "/exit"];

export const CHAT_CHECKS: readonly Check<ChatUnderTest>[] = [
  {
    name: "a client joins with a name",
    async run(chat) {
      if (!chat.kind.hasNames) {
        throw new CheckSkipped("the server assigns names itself or has none");
      }
      await chat.join("Ann");
    },
  },
  {
    name: "a message reaches the other clients once",
    async run(chat) {
      const [ann, bob] = await chat.joinTwo();
      chat.isUnsigned = chat.kind.hasNames && await chat.losesNames(ann, bob);
      const text = await chat.deliver(ann, bob);
      await chat.deliver(ann, bob);
      const times = chat.timesReceived(bob, ann, text);
      if (times > 1) throw new CheckFailure(`it arrived ${times} times`);
      await chat.deliver(bob, ann);
      return [
        ann.client.received.includes(text)
          ? "the sender receives it too"
          : "the sender does not receive it",
        ...chat.isUnsigned ? ["without the sender's name"] : [],
        ...hasNoLineFeed(bob, text) ? ["without a line feed"] : [],
      ].join(", ");
    },
  },
  {
    name: `${MANY} messages arrive once and in order`,
    async run(chat) {
      const [ann, bob] = await chat.joinTwo();
      const texts = Array.from({ length: MANY }, () => chat.context.text());
      for (const [index, text] of texts.entries()) {
        await ann.client.send(`${text}\n`);
        // One after another: messages in one segment have their own check.
        if (!await chat.receives(bob, ann, text)) {
          throw new CheckFailure(
            `message ${index + 1} of ${MANY} did not arrive in ${chat.context.patience}`,
          );
        }
      }
      const places = texts.map((text) => bob.client.received.indexOf(text));
      if (places.some((place, index) => index > 0 && place < places[index - 1]!)) {
        throw new CheckFailure("they arrived in another order");
      }
      await chat.deliver(ann, bob);
      const doubled = texts.findIndex((text) => chat.timesReceived(bob, ann, text) > 1);
      if (doubled >= 0) throw new CheckFailure(`message ${doubled + 1} of ${MANY} arrived twice`);
    },
  },
  {
    name: `a line of ${LONG_BYTES} bytes arrives`,
    async run(chat) {
      const [ann, bob] = await chat.joinTwo();
      const text = chat.context.text().padEnd(LONG_BYTES, ".");
      await ann.client.send(`${text}\n`);
      if (!await chat.receives(bob, ann, text)) {
        throw new CheckFailure("it did not arrive whole");
      }
    },
  },
  {
    name: "Unicode arrives",
    async run(chat) {
      if (chat.kind.isAsciiOnly) {
        throw new CheckSkipped("the server replaces all but ASCII");
      }
      const [ann, bob] = await chat.joinTwo();
      const text = bytesOf(`${chat.context.text()} Grüße, 世界 🌍`);
      await ann.client.send(`${text}\n`);
      if (!await chat.receives(bob, ann, text)) {
        throw new CheckFailure("it did not arrive as sent");
      }
    },
  },
  {
    name: "a message split into two segments arrives as one",
    async run(chat) {
      const [ann, bob] = await chat.joinTwo();
      const text = chat.context.text();
      await ann.client.send(text.slice(0, 5));
      // A message of another client proves that the server has read the first half.
      await chat.deliver(bob, ann);
      await ann.client.send(`${text.slice(5)}\n`);
      if (await chat.receives(bob, ann, text)) return;
      throw new CheckFailure(
        "it did not arrive whole: the server treats each read as one message",
      );
    },
  },
  {
    name: "two messages in one segment arrive as two",
    async run(chat) {
      const [ann, bob] = await chat.joinTwo();
      const [first, second] = [chat.context.text(), chat.context.text()];
      await ann.client.send(`${first}\n${second}\n`);
      const haveArrived = await chat.receives(bob, ann, first) &&
        await chat.receives(bob, ann, second);
      if (!haveArrived) {
        throw new CheckFailure(
          bob.client.received.includes(second)
            ? "the second came without its sender: the server treats each read as one message"
            : "they did not both arrive",
        );
      }
      if (new RegExp(`${first}[^\\n]*${second}`).test(bob.client.received)) {
        throw new CheckFailure("they arrived on one line");
      }
      if (bob.client.received.indexOf(second) < bob.client.received.indexOf(first)) {
        throw new CheckFailure("the second arrived before the first");
      }
    },
  },
  {
    name: "binary data does not disturb other clients",
    async run(chat) {
      const [ann, bob] = await chat.joinTwo();
      const eve = await chat.join("Eve");
      await eve.client.send("\xff\xfe\x00\x80\xc3\x28\x1b[2J\n");
      await chat.deliver(ann, bob);
    },
  },
  {
    name: "joins are announced",
    async run(chat) {
      const ann = await chat.join("Ann");
      if (!await chat.announcedGuest(ann)) {
        throw new CheckSkipped("the server announces no joins or leaves");
      }
    },
  },
  {
    name: "leaves are announced",
    async run(chat) {
      if (await chat.checkLeave((client) => client.close())) return;
      throw new CheckSkipped("the server announces no joins or leaves");
    },
  },
  {
    name: "the chat continues after an aborted connection",
    async run(chat) {
      if (await chat.checkLeave((client) => client.reset())) return;
      return "the server announces no joins or leaves";
    },
  },
  {
    name: "a command lists the users",
    async run(chat) {
      needsCommands(chat.kind);
      const [ann, bob] = await chat.joinTwo();
      // The notice of Bob's join has arrived by then: it must not count as the list.
      await chat.deliver(bob, ann);
      for (const command of LIST_COMMANDS) {
        const before = ann.client.received.length;
        await ann.client.send(`${command}\n`);
        const isListed = (received: string) => received.slice(before).includes(bob.name);
        if (await ann.client.until(isListed, COMMAND_MILLISECONDS)) return `with ${command}`;
      }
      throw new CheckSkipped(`the server answers no list to ${LIST_COMMANDS.join(", ")}`);
    },
  },
  {
    name: "a private message reaches its recipient only",
    async run(chat) {
      needsCommands(chat.kind);
      const [ann, bob] = await chat.joinTwo();
      const eve = await chat.join("Eve");
      for (const command of WHISPER_COMMANDS) {
        const text = chat.context.text();
        await ann.client.send(`${command} ${bob.name} ${text}\n`);
        const arrives = (received: string) => received.includes(text);
        if (!await bob.client.until(arrives, COMMAND_MILLISECONDS)) continue;
        // Relayed to all, with the command: there is no such command.
        if (bob.client.received.includes(`${command} ${bob.name}`)) continue;
        await chat.deliver(ann, eve);
        if (!arrives(eve.client.received)) return `with ${command}`;
        throw new CheckFailure(`${command} also reached another client`);
      }
      throw new CheckSkipped(`the server does not know ${WHISPER_COMMANDS.join(", ")}`);
    },
  },
  {
    name: "a name in use is refused",
    async run(chat) {
      if (!chat.kind.hasNames) throw new CheckSkipped("users do not choose their names");
      const ann = await chat.join("Ann");
      const client = await chat.context.connect();
      if (!await chat.kind.join(client, ann.name)) return;
      throw new CheckSkipped("the server accepts the same name twice");
    },
  },
  {
    name: "a command quits the chat",
    async run(chat) {
      needsCommands(chat.kind);
      for (const command of QUIT_COMMANDS) {
        const ann = await chat.join("Ann");
        await ann.client.send(`${command}\n`);
        if (await ann.client.untilEnd(COMMAND_MILLISECONDS)) return `with ${command}`;
        ann.client.close();
      }
      throw new CheckSkipped(`the server does not close for ${QUIT_COMMANDS.join(", ")}`);
    },
  },
  {
    name: `${SIMULTANEOUS_CLIENTS} clients at once`,
    async run(chat) {
      const { values: clients, note } = await runSimultaneously(
        chat.context,
        (client) => chat.joinWith(client, "Guest"),
      );
      await untilServed(chat.context, clients);
      const sent = clients.map((from) => ({ from, text: chat.context.text() }));
      await Promise.all(sent.map(({ from, text }) => from.client.send(`${text}\n`)));
      const missing = await Promise.all(clients.map(async (by) => {
        const others = sent.filter(({ from }) => from !== by);
        const missingHere = () =>
          others.filter(({ from, text }) => chat.timesReceived(by, from, text) === 0);
        await by.client.until(() => missingHere().length === 0);
        return missingHere().length;
      }));
      const lost = missing.reduce((sum, count) => sum + count, 0);
      const due = SIMULTANEOUS_CLIENTS * (SIMULTANEOUS_CLIENTS - 1);
      if (lost > 0) throw new CheckFailure(`${lost} of ${due} messages did not arrive`);
      const doubled = clients.reduce(
        (sum, by) =>
          sum +
          sent.filter(({ from, text }) => chat.timesReceived(by, from, text) > 1).length,
        0,
      );
      if (doubled > 0) throw new CheckFailure(`${doubled} of ${due} messages arrived twice`);
      return note;
    },
  },
];

function needsCommands({ hasCommands }: ChatServer): void {
  if (!hasCommands) throw new CheckSkipped("the server has no commands");
}

/**
 * Sends messages of one client until one has reached all others: from then on each message does.
 *
 * @throws {CheckFailure} when some clients are not served in time.
 */
async function untilServed(
  context: CheckContext,
  [first, ...others]: readonly JoinedClient[],
): Promise<void> {
  const texts: string[] = [];
  const hasArrived = (received: string) => texts.some((text) => received.includes(text));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    texts.push(context.text());
    await first!.client.send(`${texts.at(-1)}\n`);
    const wait = context.patienceMilliseconds / ATTEMPTS;
    const served = await Promise.all(others.map(({ client }) => client.until(hasArrived, wait)));
    if (served.every(Boolean)) return;
  }
  const unserved = others.filter(({ client }) => isUnserved(client)).length;
  const fault = backlogFault(context, 0, unserved);
  if (fault !== undefined) throw new CheckFailure(fault);
}
