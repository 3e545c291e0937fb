import type { ChatClient } from "./chat_client.ts";
import { ChatError } from "./core/chat_error.ts";
import { ConnectionError } from "./core/connection_errors.ts";
import type { CheckResult } from "./check/check.ts";
import { CheckFailure } from "./check/check_failure.ts";
import type { CheckSummary } from "./check/run_checks.ts";

export interface PageCheckOptions {
  /** Joins with a name, over the WebSocket of a page. */
  readonly connect: (name: string) => Promise<ChatClient>;
  /** Maximum duration of each wait, in milliseconds. */
  readonly patienceMilliseconds: number;
  /** Called with each result at once. */
  readonly onResult: (result: CheckResult) => void;
  /** Makes names and texts unique; 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Two users of the chat. */
interface Scene {
  readonly ann: ChatClient;
  readonly bob: ChatClient;
  readonly connect: (name: string) => Promise<ChatClient>;
  /** Part of all texts of this run. */
  readonly tag: string;
}

/** By name: each returns an observation, or nothing. */
const PAGE_CHECKS: Readonly<Record<string, (scene: Scene) => Promise<string | void>>> = {
  "round trip": async ({ ann }) => `${Math.round(await ann.ping())} ms`,
  "messages reach the others": ({ ann, bob, tag }) => arrives(ann, bob, `check-${tag}`),
  "Unicode arrives unchanged": ({ ann, bob, tag }) => arrives(bob, ann, `Grüße 東京 🎉 ${tag}`),
  "a long message arrives unchanged": ({ ann, bob, tag }) =>
    arrives(ann, bob, `${"long ".repeat(600)}${tag}`),
  async "whispers"({ ann, bob, tag }) {
    await ann.whisper(bob.name, `whisper-${tag}`);
    await eventOf(bob, ({ type, text }) => type === "whisper" && text === `whisper-${tag}`);
  },
  async "users are listed"({ ann, bob }) {
    const names = (await ann.users()).users.map(({ name }) => name);
    if (![ann, bob].every(({ name }) => names.includes(name))) {
      throw new CheckFailure("a user is missing");
    }
  },
  async "a name in use is refused"({ ann, connect }) {
    try {
      (await connect(ann.name)).close();
    } catch (error) {
      if (error instanceof ChatError && error.code === "name_taken") return;
      throw error;
    }
    throw new CheckFailure("the name was given twice");
  },
  async "leaving is announced"({ ann, bob }) {
    await ann.quit();
    await eventOf(bob, ({ type, name }) => type === "left" && name === ann.name);
  },
};

/**
 * Checks a hubbub server through the WebSocket of its page: what a proxy in front of it must let pass.
 * The first failure ends the checks.
 *
 * @throws {ConnectionError | ChatError} when the first two users cannot join.
 */
export async function runPageChecks(options: PageCheckOptions): Promise<CheckSummary> {
  const { connect, patienceMilliseconds, onResult, random = Math.random } = options;
  const tag = String(Math.floor(2000 + 8000 * random()));
  const clients: ChatClient[] = [];
  const count = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const name of ["Ann", "Bob"]) clients.push(await connect(`${name}${tag}`));
    const [ann, bob] = clients as [ChatClient, ChatClient];
    for (const [name, check] of Object.entries(PAGE_CHECKS)) {
      if (count.failed > 0) {
        count.skipped++;
        onResult({ verdict: "SKIP", name, detail: "an earlier check has failed" });
        continue;
      }
      const run = check({ ann, bob, connect, tag });
      const [verdict, detail] = await verdictOf(within(patienceMilliseconds, run));
      count[verdict === "PASS" ? "passed" : "failed"]++;
      onResult({ verdict, name, detail });
    }
    return count;
  } finally {
    for (const client of clients) client.close();
  }
}

async function verdictOf(run: Promise<string | void>): Promise<["PASS" | "FAIL", string]> {
  try {
    return ["PASS", await run ?? ""];
  } catch (error) {
    const isExpected = [CheckFailure, ChatError, ConnectionError].some((each) =>
      error instanceof each
    );
    if (!isExpected) throw error;
    return ["FAIL", (error as Error).message];
  }
}

async function within<Value>(milliseconds: number, run: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const failure = new CheckFailure(`nothing arrived in ${milliseconds / 1000} s`);
    timer = setTimeout(() => reject(failure), milliseconds);
  });
  return await Promise.race([run, late]).finally(() => clearTimeout(timer));
}

async function arrives(from: ChatClient, to: ChatClient, text: string): Promise<void> {
  await from.send(text);
  await eventOf(to, (event) => event.type === "message" && event.text === text);
}

/** The fields of events that the checks read. */
interface EventFields {
  readonly type: string;
  readonly text?: string;
  readonly name?: string;
}

async function eventOf(
  client: ChatClient,
  isExpected: (event: EventFields) => boolean,
): Promise<void> {
  for await (const event of client.events()) {
    if (isExpected(event as EventFields)) return;
  }
  throw new CheckFailure("the connection ended before");
}
