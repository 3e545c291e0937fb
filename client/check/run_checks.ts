import { setTimeout as delay } from "node:timers/promises";
import type { Endpoint } from "../core/transport.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import { CHAT_CHECKS } from "./chat_checks.ts";
import { type Check, CheckContext, CheckFailure, type CheckResult, CheckSkipped } from "./check.ts";
import type { Dialect } from "./server_kinds.ts";
import { ECHO_CHECKS } from "./echo_checks.ts";
import { recognise } from "./recognise.ts";

/** What to check, and whom to tell. */
export interface CheckOptions {
  readonly endpoint: Endpoint;
  /** The longest that anything is waited for. */
  readonly patienceMilliseconds: number;
  /** What the server is; told before its checks. */
  readonly onRecognised: (title: string) => void;
  /** Each result, as soon as it is there. */
  readonly onResult: (result: CheckResult) => void;
  /** Makes names and texts that nobody has used on the server; 0 to 1. */
  readonly random?: () => number;
}

/** How many checks ended in which way. */
export interface CheckSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Finds out what a server is and checks what such a server should do.
 *
 * @throws {ConnectionError} when there is no server.
 */
export async function runChecks(options: CheckOptions): Promise<CheckSummary> {
  const { endpoint, patienceMilliseconds, random = Math.random } = options;
  // Letters and digits that cannot be taken for each other.
  const tag = String(Math.floor(2000 + 8000 * random()));
  const context = new CheckContext(endpoint, patienceMilliseconds, tag);
  const results: CheckResult[] = [];
  const add = (result: CheckResult) => {
    results.push(result);
    options.onResult(result);
  };
  let dialect: Dialect | undefined;
  try {
    dialect = await recognise(context);
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    add({ verdict: "FAIL", name: "what the server is", detail: error.message });
  } finally {
    context.close();
  }
  if (dialect !== undefined) {
    options.onRecognised(dialect.title);
    if (dialect.kind === "echo") {
      context.greeting = dialect.greeting;
      await runAll(context, ECHO_CHECKS, dialect, add);
    } else await runAll(context, CHAT_CHECKS, dialect, add);
  }
  const count = (verdict: CheckResult["verdict"]) =>
    results.filter((result) => result.verdict === verdict).length;
  return { passed: count("PASS"), failed: count("FAIL"), skipped: count("SKIP") };
}

async function runAll<D extends Dialect>(
  context: CheckContext,
  checks: readonly Check<D>[],
  dialect: D,
  add: (result: CheckResult) => void,
): Promise<void> {
  let isGone = false;
  for (const check of checks) {
    const { name } = check;
    if (isGone) {
      add({ verdict: "SKIP", name, detail: "the server is gone" });
      continue;
    }
    try {
      add(await runOne(context, check, dialect));
    } catch (error) {
      isGone = !await answers(context);
      const isUnderstood = error instanceof CheckFailure || error instanceof ConnectionError;
      if (isGone) {
        add({ verdict: "FAIL", name, detail: "the server went down when a client had left" });
      } else if (isUnderstood) add({ verdict: "FAIL", name, detail: error.message });
      else throw error;
    } finally {
      context.close();
    }
  }
}

/** @throws {CheckFailure|ConnectionError} when the server does something wrong, or is gone. */
async function runOne<D extends Dialect>(
  context: CheckContext,
  check: Check<D>,
  dialect: D,
): Promise<CheckResult> {
  const { name } = check;
  try {
    return { verdict: "PASS", name, detail: await check.run(context, dialect) ?? "" };
  } catch (error) {
    if (!(error instanceof CheckSkipped)) throw error;
    return { verdict: "SKIP", name, detail: error.message };
  }
}

/** Time that a server has to take in a client that leaves again: some go down when it has gone by
 * then, and that is not what is looked for. */
const ENTRY_MILLISECONDS = 200;

/** How often to connect where the server ends each connection without a word: one that is going down
 * does so as long as its port is still open. */
const ENTRY_ATTEMPTS = 5;

/** Whether somebody still listens there. */
async function answers(context: CheckContext): Promise<boolean> {
  try {
    for (let attempt = 0; attempt < ENTRY_ATTEMPTS; attempt++) {
      const client = await context.connect();
      await client.until((received) => received !== "", ENTRY_MILLISECONDS);
      if (!client.isEnded || client.received !== "") return true;
      await delay(ENTRY_MILLISECONDS);
    }
    return true;
  } catch {
    return false;
  }
}
