import {
  type Check,
  type CheckContext,
  CheckFailure,
  CheckSkipped,
  CROWD,
  excerpt,
  runCrowd,
} from "./check.ts";
import { bytesOf, type CheckClient } from "./check_client.ts";
import type { EchoDialect } from "./server_kinds.ts";

/** Messages that are sent one after the other. */
const MANY = 20;

const LARGE_BYTES = 1_048_576;

/** What it is made of. It starts with no digit, which might belong to a number before it. */
const LARGE_PIECE = "abcdef,012345678";

/** Sends one message and compares what comes back. */
async function exchange(
  context: CheckContext,
  dialect: EchoDialect,
  client: CheckClient,
  message: string,
  { segments = [message], closes = false } = {},
): Promise<void> {
  const before = client.received.length;
  const expected = dialect.reply(message);
  const sent = (async () => {
    for (const segment of segments) await client.send(segment);
    if (closes) client.end();
  })();
  if (dialect.isOnce || closes) await client.untilEnd();
  else await client.until((received) => received.length >= before + expected.length);
  const fault = difference(context, dialect, expected, client.received.slice(before), client);
  if (fault !== undefined) throw new CheckFailure(fault);
  await sent;
}

/** What is wrong with an answer; `undefined` where nothing is. */
function difference(
  { patience }: CheckContext,
  { prefix }: EchoDialect,
  expected: string,
  got: string,
  { received, isEnded, isGreetedOtherwise }: CheckClient,
): string | undefined {
  if (isGreetedOtherwise) return `it began with ${excerpt(received)} instead of the greeting`;
  if (got === expected) return undefined;
  const ending = isEnded ? "before the connection was closed" : `in ${patience}`;
  if (got === "") return `nothing came back ${ending}`;
  if (isDoubled(got, expected)) return "it came back twice";
  if (got.startsWith(expected)) return `more came back than was sent: ${excerpt(got)}`;
  if (prefix !== "") {
    const [count, due] = [got, expected].map((bytes) => bytes.split(prefix).length - 1);
    if (count !== due) {
      return `it came back as ${count} instead of ${due}: the server takes what one read brings ` +
        "for one message";
    }
  }
  if (expected.startsWith(got)) {
    return `only ${got.length} of ${expected.length} bytes came back ${ending}`;
  }
  const at = [...expected].findIndex((byte, index) => byte !== got[index]);
  return `what came back differs from byte ${at + 1} of ${expected.length} on`;
}

/** Whether all of it, or every line of it, came twice. */
function isDoubled(got: string, expected: string): boolean {
  const lines = got.split("\n");
  const once = lines.filter((line, index) => index % 2 === 0 || line !== lines[index - 1]);
  return got === expected + expected || (lines.length % 2 === 1 && once.join("\n") === expected);
}

/** Sends one message on a connection of its own. */
async function exchangeAlone(
  context: CheckContext,
  dialect: EchoDialect,
  message: string,
  options?: { segments?: string[]; closes?: boolean },
): Promise<void> {
  await exchangeAndClose(context, dialect, await context.connect(), message, options);
}

/** Sends the one message of a connection. */
async function exchangeAndClose(
  context: CheckContext,
  dialect: EchoDialect,
  client: CheckClient,
  message: string,
  options?: { segments?: string[]; closes?: boolean },
): Promise<void> {
  try {
    await exchange(context, dialect, client, message, options);
  } finally {
    // Servers that serve one after the other wait for that.
    client.close();
  }
}

/** Does something for each of many messages, and tells which one failed. */
async function each(count: number, what: string, action: (index: number) => Promise<void>) {
  for (let index = 0; index < count; index++) {
    try {
      await action(index);
    } catch (error) {
      if (!(error instanceof CheckFailure)) throw error;
      throw new CheckFailure(`${what} ${index + 1} of ${count}: ${error.message}`);
    }
  }
}

/** Messages after another need a connection that stays open. */
function needsMany({ isOnce }: EchoDialect): void {
  if (isOnce) throw new CheckSkipped("the server closes after one message");
}

/** What is checked of an echo server. */
export const ECHO_CHECKS: readonly Check<EchoDialect>[] = [
  {
    name: "one message comes back once",
    async run(context, dialect) {
      const client = await context.connect();
      await exchange(context, dialect, client, `${context.text()}\n`);
      if (dialect.isOnce) return;
      // What is doubled comes before the answer to what is said next.
      const barrier = context.text();
      const before = client.received.length;
      await client.send(`${barrier}\n`);
      await client.until((received) => received.includes(barrier, before));
      const between = client.received.slice(before).split(barrier)[0]!;
      if (between !== dialect.prefix) throw new CheckFailure(`after it came ${excerpt(between)}`);
    },
  },
  {
    name: `${MANY} messages come back`,
    async run(context, dialect) {
      needsMany(dialect);
      const client = await context.connect();
      await each(
        MANY,
        "message",
        () => exchange(context, dialect, client, `${context.text()}\n`),
      );
    },
  },
  {
    name: "a large message comes back (1 MiB)",
    async run(context, dialect) {
      const message = `${LARGE_PIECE.repeat(LARGE_BYTES / LARGE_PIECE.length).slice(1)}\n`;
      await exchangeAlone(context, dialect, message, { closes: dialect.isOnce });
    },
  },
  {
    name: "binary comes back byte for byte",
    async run(context, dialect) {
      const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
      await exchangeAlone(context, dialect, `${all}\n`);
    },
  },
  {
    name: "Unicode comes back",
    run: (context, dialect) => exchangeAlone(context, dialect, bytesOf("Grüße, 世界 🌍\n")),
  },
  {
    name: "a message split into two segments comes back as one",
    async run(context, dialect) {
      const text = `${context.text()}\n`;
      const segments = [text.slice(0, 5), text.slice(5)];
      if (!dialect.isOnce) return await exchangeAlone(context, dialect, text, { segments });
      throw new CheckSkipped("the server may close after the first segment");
    },
  },
  {
    name: "two messages glued into one segment come back as two",
    async run(context, dialect) {
      needsMany(dialect);
      await exchangeAlone(context, dialect, `${context.text()}\n${context.text()}\n`);
    },
  },
  {
    name: "what is sent before the client closes its side comes back",
    async run(context, dialect) {
      await exchangeAlone(context, dialect, `${context.text()}\n`, { closes: true });
    },
  },
  {
    name: "one client after the other is served",
    async run(context, dialect) {
      await each(10, "client", () => exchangeAlone(context, dialect, `${context.text()}\n`));
    },
  },
  {
    name: "a client that breaks off harms nobody",
    async run(context, dialect) {
      const client = await context.connect();
      await client.send("half a line");
      client.reset();
      await exchangeAlone(context, dialect, `${context.text()}\n`);
    },
  },
  {
    name: `${CROWD} clients at once`,
    async run(context, dialect) {
      if (!dialect.isOnce) await needsConcurrency(context, dialect);
      const { note } = await runCrowd(
        context,
        (client) => exchangeAndClose(context, dialect, client, `${context.text()}\n`),
      );
      return note;
    },
  },
];

/** Two clients at once: is the second served while the first is there? */
async function needsConcurrency(context: CheckContext, dialect: EchoDialect): Promise<void> {
  const first = await context.connect();
  await exchange(context, dialect, first, `${context.text()}\n`);
  const second = await context.connect();
  const message = `${context.text()}\n`;
  const expected = dialect.reply(message);
  await second.send(message);
  const isServed = () => second.received.length >= expected.length;
  if (await second.until(isServed, context.patienceMilliseconds / 2)) {
    first.close();
    second.close();
    return;
  }
  first.close();
  if (!await second.until(isServed)) {
    throw new CheckFailure("the second of two clients was never served");
  }
  throw new CheckSkipped(
    "the server serves one client after the other: the second was connected, and served when the " +
      "first had left",
  );
}
