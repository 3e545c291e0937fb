import {
  backlogFault,
  type Check,
  type CheckContext,
  CheckFailure,
  CheckSkipped,
  CROWD,
  isUnserved,
  runCrowd,
} from "./check.ts";
import { bytesOf } from "./check_client.ts";
import type { ChatDialect } from "./server_kinds.ts";
import {
  annAndBob,
  announcesJoins,
  checkLeaving,
  deliver,
  enter,
  enterWith,
  hasNoEnd,
  isUnsigned,
  type Person,
  sees,
  timesSeen,
} from "./chat_under_test.ts";

/** Messages that are sent in a row: fewer than servers that slow floods let pass at once. */
const MANY = 20;

/** Maximum number of messages to a crowd until all of it is served. */
const ATTEMPTS = 4;

/** Length of a long line: it fits into the 1024 bytes that textbook servers read. */
const LONG_BYTES = 900;

/** Time that a chat without a certain command has to answer it with something else. */
const COMMAND_MILLISECONDS = 700;

/** Commands for the same thing in different chats, the most usual first. */
const LIST_COMMANDS = ["/users", "/list", "/who"];
const WHISPER_COMMANDS = ["/whisper", "/msg", "/w", "/pm"];
const QUIT_COMMANDS = ["/quit", "quit", "/exit"];

/** What is checked of a chat. */
export const CHAT_CHECKS: readonly Check<ChatDialect>[] = [
  {
    name: "a client gets in with a name",
    async run(context, dialect) {
      if (!dialect.hasNames) {
        throw new CheckSkipped("the server gives out names itself or has none");
      }
      await enter(context, dialect, "Ann");
    },
  },
  {
    name: "a message reaches the others, once",
    async run(context, dialect) {
      const [ann, bob] = await annAndBob(context, dialect);
      context.isUnsigned = dialect.hasNames && await isUnsigned(context, dialect, ann, bob);
      const text = await deliver(context, dialect, ann, bob);
      await deliver(context, dialect, ann, bob);
      const times = timesSeen(context, dialect, bob, ann, text);
      if (times > 1) throw new CheckFailure(`it arrived ${times} times`);
      await deliver(context, dialect, bob, ann);
      return [
        ann.client.received.includes(text)
          ? "the sender gets it too"
          : "the sender does not get it back",
        ...context.isUnsigned ? ["it comes without the sender's name"] : [],
        ...hasNoEnd(bob, text) ? ["it comes without a line feed"] : [],
      ].join(", ");
    },
  },
  {
    name: `${MANY} messages arrive, once and in order`,
    async run(context, dialect) {
      const [ann, bob] = await annAndBob(context, dialect);
      const texts = Array.from({ length: MANY }, () => context.text());
      for (const [index, text] of texts.entries()) {
        await ann.client.send(`${text}\n`);
        // One after the other: whether the server can tell glued ones apart is another check.
        if (!await sees(context, dialect, bob, ann, text)) {
          throw new CheckFailure(
            `message ${index + 1} of ${MANY} did not arrive in ${context.patience}`,
          );
        }
      }
      const places = texts.map((text) => bob.client.received.indexOf(text));
      if (places.some((place, index) => index > 0 && place < places[index - 1]!)) {
        throw new CheckFailure("they arrived in another order");
      }
      await deliver(context, dialect, ann, bob);
      const doubled = texts.findIndex((text) => timesSeen(context, dialect, bob, ann, text) > 1);
      if (doubled >= 0) throw new CheckFailure(`message ${doubled + 1} of ${MANY} arrived twice`);
    },
  },
  {
    name: `a line of ${LONG_BYTES} bytes arrives`,
    async run(context, dialect) {
      const [ann, bob] = await annAndBob(context, dialect);
      const text = context.text().padEnd(LONG_BYTES, ".");
      await ann.client.send(`${text}\n`);
      if (!await sees(context, dialect, bob, ann, text)) {
        throw new CheckFailure("it did not arrive whole");
      }
    },
  },
  {
    name: "Unicode arrives",
    async run(context, dialect) {
      if (dialect.isAsciiOnly) {
        throw new CheckSkipped("the server writes all but ASCII as octal numbers");
      }
      const [ann, bob] = await annAndBob(context, dialect);
      const text = bytesOf(`${context.text()} Grüße, 世界 🌍`);
      await ann.client.send(`${text}\n`);
      if (!await sees(context, dialect, bob, ann, text)) {
        throw new CheckFailure("it did not arrive as sent");
      }
    },
  },
  {
    name: "a message split into two segments arrives as one",
    async run(context, dialect) {
      const [ann, bob] = await annAndBob(context, dialect);
      const text = context.text();
      await ann.client.send(text.slice(0, 5));
      // The answer to somebody else proves that the server has read the first half.
      await deliver(context, dialect, bob, ann);
      await ann.client.send(`${text.slice(5)}\n`);
      if (await sees(context, dialect, bob, ann, text)) return;
      throw new CheckFailure(
        "it did not arrive whole: the server takes what one read brings for one message",
      );
    },
  },
  {
    name: "two messages glued into one segment arrive as two",
    async run(context, dialect) {
      const [ann, bob] = await annAndBob(context, dialect);
      const [first, second] = [context.text(), context.text()];
      await ann.client.send(`${first}\n${second}\n`);
      const areSeen = await sees(context, dialect, bob, ann, first) &&
        await sees(context, dialect, bob, ann, second);
      if (!areSeen) {
        throw new CheckFailure(
          bob.client.received.includes(second)
            ? "the second came without its sender: the server takes what one read brings for one " +
              "message"
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
    name: "bytes that are no text harm nobody",
    async run(context, dialect) {
      const [ann, bob] = await annAndBob(context, dialect);
      const vandal = await enter(context, dialect, "Eve");
      await vandal.client.send("\xff\xfe\x00\x80\xc3\x28\x1b[2J\n");
      await deliver(context, dialect, ann, bob);
    },
  },
  {
    name: "the others are told who comes",
    async run(context, dialect) {
      const ann = await enter(context, dialect, "Ann");
      if (!await announcesJoins(context, dialect, ann)) {
        throw new CheckSkipped("the server announces nobody");
      }
    },
  },
  {
    name: "the others are told who leaves",
    async run(context, dialect) {
      if (await checkLeaving(context, dialect, (client) => client.close())) return;
      throw new CheckSkipped("the server announces nobody");
    },
  },
  {
    name: "a client that breaks off leaves, and the chat goes on",
    async run(context, dialect) {
      if (await checkLeaving(context, dialect, (client) => client.reset())) return;
      return "the server announces nobody";
    },
  },
  {
    name: "a list of who is there",
    async run(context, dialect) {
      needsCommands(dialect);
      const [ann, bob] = await annAndBob(context, dialect);
      // The notice that Bob has come has arrived by then: it is not to be taken for the list.
      await deliver(context, dialect, bob, ann);
      for (const command of LIST_COMMANDS) {
        const before = ann.client.received.length;
        await ann.client.send(`${command}\n`);
        const isListed = (received: string) => received.slice(before).includes(bob.name);
        if (await ann.client.until(isListed, COMMAND_MILLISECONDS)) return `with ${command}`;
      }
      throw new CheckSkipped(`no list came for ${LIST_COMMANDS.join(", ")}`);
    },
  },
  {
    name: "a private message reaches one person only",
    async run(context, dialect) {
      needsCommands(dialect);
      const [ann, bob] = await annAndBob(context, dialect);
      const eve = await enter(context, dialect, "Eve");
      for (const command of WHISPER_COMMANDS) {
        const text = context.text();
        await ann.client.send(`${command} ${bob.name} ${text}\n`);
        const arrives = (received: string) => received.includes(text);
        if (!await bob.client.until(arrives, COMMAND_MILLISECONDS)) continue;
        // Said to everybody, command and all: there is no such command.
        if (bob.client.received.includes(`${command} ${bob.name}`)) continue;
        await deliver(context, dialect, ann, eve);
        if (!arrives(eve.client.received)) return `with ${command}`;
        throw new CheckFailure(`what was said with ${command} reached somebody else too`);
      }
      throw new CheckSkipped(`the server does not know ${WHISPER_COMMANDS.join(", ")}`);
    },
  },
  {
    name: "a name that is taken is refused",
    async run(context, dialect) {
      if (!dialect.hasNames) throw new CheckSkipped("people do not choose their names");
      const ann = await enter(context, dialect, "Ann");
      const client = await context.connect();
      if (!await dialect.enter(client, ann.name)) return;
      throw new CheckSkipped("the server lets two people have the same name");
    },
  },
  {
    name: "a client can say that it quits",
    async run(context, dialect) {
      needsCommands(dialect);
      for (const command of QUIT_COMMANDS) {
        const ann = await enter(context, dialect, "Ann");
        await ann.client.send(`${command}\n`);
        if (await ann.client.untilEnd(COMMAND_MILLISECONDS)) return `with ${command}`;
        ann.client.close();
      }
      throw new CheckSkipped(`the server does not close for ${QUIT_COMMANDS.join(", ")}`);
    },
  },
  {
    name: `${CROWD} clients at once`,
    async run(context, dialect) {
      const { values: people, note } = await runCrowd(
        context,
        (client) => enterWith(context, dialect, "Guest", client),
      );
      await everyoneIsServed(context, people);
      const said = people.map((from) => ({ from, text: context.text() }));
      await Promise.all(said.map(({ from, text }) => from.client.send(`${text}\n`)));
      const missing = await Promise.all(people.map(async (by) => {
        const others = said.filter(({ from }) => from !== by);
        const unseen = () =>
          others.filter(({ from, text }) => timesSeen(context, dialect, by, from, text) === 0);
        await by.client.until(() => unseen().length === 0);
        return unseen().length;
      }));
      const lost = missing.reduce((sum, count) => sum + count, 0);
      const due = CROWD * (CROWD - 1);
      if (lost > 0) throw new CheckFailure(`${lost} of ${due} messages did not arrive`);
      const doubled = people.reduce(
        (sum, by) =>
          sum +
          said.filter(({ from, text }) => timesSeen(context, dialect, by, from, text) > 1).length,
        0,
      );
      if (doubled > 0) throw new CheckFailure(`${doubled} of ${due} messages arrived twice`);
      return note;
    },
  },
];

function needsCommands({ hasCommands }: ChatDialect): void {
  if (!hasCommands) throw new CheckSkipped("the server has no commands");
}

/**
 * Waits until a message of one client has reached all others: from then on each message reaches all.
 *
 * @throws {CheckFailure} when some clients are not served in time.
 */
async function everyoneIsServed(
  context: CheckContext,
  [first, ...others]: readonly Person[],
): Promise<void> {
  const texts: string[] = [];
  const hasCome = (received: string) => texts.some((text) => received.includes(text));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    texts.push(context.text());
    await first!.client.send(`${texts.at(-1)}\n`);
    const wait = context.patienceMilliseconds / ATTEMPTS;
    const served = await Promise.all(others.map(({ client }) => client.until(hasCome, wait)));
    if (served.every(Boolean)) return;
  }
  const unserved = others.filter(({ client }) => isUnserved(client)).length;
  const fault = backlogFault(context, 0, unserved);
  if (fault !== undefined) throw new CheckFailure(fault);
}
