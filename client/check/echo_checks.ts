import {
  type Check,
  type CheckContext,
  excerpt,
  runSimultaneously,
  SIMULTANEOUS_CLIENTS,
} from "./check.ts";
import { CheckFailure, CheckSkipped } from "./check_failure.ts";
import { bytesOf, type CheckClient } from "./check_client.ts";
import type { EchoServer } from "./server_kinds.ts";

/** Messages in a row. */
const MANY = 20;

const LARGE_BYTES = 1_048_576;

/** The content of a large message. It starts with no digit, which could belong to a number before it. */
const LARGE_PIECE = "abcdef,012345678";

interface ExchangeOptions {
  /** The segments in which the message is sent. Default: one. */
  readonly segments?: readonly string[];
  /** Whether the client closes its side after the message. */
  readonly closes?: boolean;
}

export class EchoUnderTest {
  constructor(readonly context: CheckContext, readonly kind: EchoServer) {}

  /** Sends one message and compares the answer. */
  async exchange(
    client: CheckClient,
    message: string,
    { segments = [message], closes = false }: ExchangeOptions = {},
  ): Promise<void> {
    const before = client.received.length;
    const expected = this.kind.reply(message);
    const sent = (async () => {
      for (const segment of segments) await client.send(segment);
      if (closes) client.end();
    })();
    if (this.kind.isOnce || closes) await client.untilEnd();
    else await client.until((received) => received.length >= before + expected.length);
    const fault = difference(this, expected, client.received.slice(before), client);
    if (fault !== undefined) throw new CheckFailure(fault);
    await sent;
  }

  /** Exchanges one message and closes the connection: iterative servers wait for that. */
  async exchangeAndClose(
    client: CheckClient,
    message: string,
    options?: ExchangeOptions,
  ): Promise<void> {
    try {
      await this.exchange(client, message, options);
    } finally {
      client.close();
    }
  }

  /** Exchanges one message on its own connection. */
  async exchangeAlone(message: string, options?: ExchangeOptions): Promise<void> {
    await this.exchangeAndClose(await this.context.connect(), message, options);
  }

  line(): string {
    return `${this.context.text()}\n`;
  }

  /** @throws {CheckSkipped} when a connection takes one message only. */
  needsMany(): void {
    if (this.kind.isOnce) throw new CheckSkipped("the server closes after one message");
  }
}

/** The fault of an answer; `undefined` for none. */
function difference(
  { context: { patience }, kind: { prefix } }: EchoUnderTest,
  expected: string,
  got: string,
  { received, isEnded, hasOtherGreeting }: CheckClient,
): string | undefined {
  if (hasOtherGreeting) return `it began with ${excerpt(received)} instead of the greeting`;
  if (got === expected) return undefined;
  const ending = isEnded ? "before the connection was closed" : `in ${patience}`;
  if (got === "") return `nothing came back ${ending}`;
  if (isDoubled(got, expected)) return "it came back twice";
  if (got.startsWith(expected)) return `more came back than was sent: ${excerpt(got)}`;
  if (prefix !== "") {
    const [count, due] = [got, expected].map((bytes) => bytes.split(prefix).length - 1);
    if (count !== due) {
      return `it came back as ${count} instead of ${due}: the server treats each read as one message`;
    }
  }
  if (expected.startsWith(got)) {
    return `only ${got.length} of ${expected.length} bytes came back ${ending}`;
  }
  const at = [...expected].findIndex((byte, index) => byte !== got[index]);
  return `the answer differs from byte ${at + 1} of ${expected.length} on`;
}

/** Whether the answer as a whole, or each of its lines, came twice. */
function isDoubled(got: string, expected: string): boolean {
  const lines = got.split("\n");
  const once = lines.filter((line, index) => index % 2 === 0 || line !== lines[index - 1]);
  return got === expected + expected || (lines.length % 2 === 1 && once.join("\n") === expected);
}

/** Runs an action several times; an error has the number of the failed one. */
async function each(count: number, noun: string, action: () => Promise<void>): Promise<void> {
  for (let number = 1; number <= count; number++) {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof CheckFailure)) throw error;
      throw new CheckFailure(`${noun} ${number} of ${count}: ${error.message}`);
    }
  }
}

export const ECHO_CHECKS: readonly Check<EchoUnderTest>[] = [
  {
    name: "one message comes back once",
    async run(echo) {
      const client = await echo.context.connect();
      await echo.exchange(client, echo.line());
      if (echo.kind.isOnce) return;
      // A duplicate arrives before the answer to the next message.
      const barrier = echo.context.text();
      const before = client.received.length;
      await client.send(`${barrier}\n`);
      await client.until((received) => received.includes(barrier, before));
      const between = client.received.slice(before).split(barrier)[0]!;
      if (between !== echo.kind.prefix) throw new CheckFailure(`${excerpt(between)} came after it`);
    },
  },
  {
    name: `${MANY} messages come back`,
    async run(echo) {
      echo.needsMany();
      const client = await echo.context.connect();
      await each(
        MANY,
        "message",
        () => echo.exchange(client, echo.line()),
      );
    },
  },
  {
    name: "a large message comes back (1 MiB)",
    async run(echo) {
      const message = `${LARGE_PIECE.repeat(LARGE_BYTES / LARGE_PIECE.length).slice(1)}\n`;
      const client = await echo.context.connect();
      // Now the server knows that the client sends lines: for any other one a pause may end a message, and
      // a busy machine makes pauses.
      if (!echo.kind.isOnce) await echo.exchange(client, echo.line());
      await echo.exchangeAndClose(client, message, { closes: echo.kind.isOnce });
    },
  },
  {
    name: "binary data comes back byte for byte",
    async run(echo) {
      const all = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
      await echo.exchangeAlone(`${all}\n`);
    },
  },
  {
    name: "Unicode comes back",
    run: (echo) => echo.exchangeAlone(bytesOf("Grüße, 世界 🌍\n")),
  },
  {
    name: "a message split into two segments comes back as one",
    async run(echo) {
      const text = echo.line();
      const segments = [text.slice(0, 5), text.slice(5)];
      if (!echo.kind.isOnce) return await echo.exchangeAlone(text, { segments });
      throw new CheckSkipped("the server may close after the first segment");
    },
  },
  {
    name: "two messages in one segment come back as two",
    async run(echo) {
      echo.needsMany();
      await echo.exchangeAlone(echo.line() + echo.line());
    },
  },
  {
    name: "data sent before the client closes its side comes back",
    async run(echo) {
      await echo.exchangeAlone(echo.line(), { closes: true });
    },
  },
  {
    name: "clients are served one after another",
    async run(echo) {
      await each(10, "client", () => echo.exchangeAlone(echo.line()));
    },
  },
  {
    name: "an aborted connection does not disturb other clients",
    async run(echo) {
      const client = await echo.context.connect();
      await client.send("half a line");
      client.reset();
      await echo.exchangeAlone(echo.line());
    },
  },
  {
    name: `${SIMULTANEOUS_CLIENTS} clients at once`,
    async run(echo) {
      if (!echo.kind.isOnce) await needsConcurrency(echo);
      const { note } = await runSimultaneously(
        echo.context,
        (client) => echo.exchangeAndClose(client, echo.line()),
      );
      return note;
    },
  },
];

/** @throws {CheckSkipped} when the second of two clients is served only after the first has left. */
async function needsConcurrency(echo: EchoUnderTest): Promise<void> {
  const first = await echo.context.connect();
  await echo.exchange(first, echo.line());
  const second = await echo.context.connect();
  const message = echo.line();
  const expected = echo.kind.reply(message);
  await second.send(message);
  const isServed = () => second.received.length >= expected.length;
  if (await second.until(isServed, echo.context.patienceMilliseconds / 2)) {
    first.close();
    second.close();
    return;
  }
  first.close();
  if (!await second.until(isServed)) {
    throw new CheckFailure("the second of two clients was never served");
  }
  throw new CheckSkipped(
    "the server serves one client after another: the second was connected, and served when the " +
      "first had left",
  );
}
