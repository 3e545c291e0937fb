import { setTimeout as delay } from "node:timers/promises";
import type { Endpoint } from "../core/transport.ts";
import { ConnectionError } from "../core/connection_errors.ts";
import { CHAT_CHECKS } from "./chat_checks.ts";
import { ChatUnderTest } from "./chat_under_test.ts";
import { type Check, CheckContext, type CheckResult } from "./check.ts";
import type { OpenStream } from "./check_client.ts";
import { CheckFailure, CheckSkipped } from "./check_failure.ts";
import { ECHO_CHECKS, EchoUnderTest } from "./echo_checks.ts";
import { recognise } from "./recognise.ts";
import type { ServerKind } from "./server_kinds.ts";

export interface CheckOptions {
  readonly endpoint: Endpoint;
  /** Connects. Default: TCP. */
  readonly openStream?: OpenStream;
  /** Maximum duration of each wait. */
  readonly patienceMilliseconds: number;
  /** Called before the checks with a noun phrase for the server. */
  readonly onRecognised: (title: string) => void;
  /** Called with each result at once. */
  readonly onResult: (result: CheckResult) => void;
  /** Makes names and texts unique; 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface CheckSummary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Identifies a server and runs the checks of its kind.
 *
 * @throws {ConnectionError} when the server cannot be reached.
 */
export async function runChecks(options: CheckOptions): Promise<CheckSummary> {
  const { endpoint, openStream, patienceMilliseconds, random = Math.random } = options;
  // Letters and digits that look different.
  const tag = String(Math.floor(2000 + 8000 * random()));
  const context = new CheckContext(endpoint, patienceMilliseconds, tag, openStream);
  const results: CheckResult[] = [];
  const add = (result: CheckResult) => {
    results.push(result);
    options.onResult(result);
  };
  let kind: ServerKind | undefined;
  try {
    kind = await recognise(context);
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    add({ verdict: "FAIL", name: "kind of server", detail: error.message });
  } finally {
    context.close();
  }
  if (kind !== undefined) {
    options.onRecognised(kind.title);
    if (kind.type === "echo") {
      context.greeting = kind.greeting;
      await runAll(context, ECHO_CHECKS, new EchoUnderTest(context, kind), add);
    } else await runAll(context, CHAT_CHECKS, new ChatUnderTest(context, kind), add);
  }
  const count = (verdict: CheckResult["verdict"]) =>
    results.filter((result) => result.verdict === verdict).length;
  return { passed: count("PASS"), failed: count("FAIL"), skipped: count("SKIP") };
}

async function runAll<Server>(
  context: CheckContext,
  checks: readonly Check<Server>[],
  server: Server,
  add: (result: CheckResult) => void,
): Promise<void> {
  let hasStopped = false;
  for (const check of checks) {
    const { name } = check;
    if (hasStopped) {
      add({ verdict: "SKIP", name, detail: "the server has stopped" });
      continue;
    }
    try {
      add(await runOne(check, server));
    } catch (error) {
      hasStopped = !await answers(context);
      const isExpected = error instanceof CheckFailure || error instanceof ConnectionError;
      if (hasStopped) {
        add({ verdict: "FAIL", name, detail: "the server stopped after a client had left" });
      } else if (isExpected) add({ verdict: "FAIL", name, detail: error.message });
      else throw error;
    } finally {
      context.close();
    }
  }
}

/** @throws {CheckFailure|ConnectionError} when the server misbehaves, or cannot be reached. */
async function runOne<Server>(
  check: Check<Server>,
  server: Server,
): Promise<CheckResult> {
  const { name } = check;
  try {
    return { verdict: "PASS", name, detail: await check.run(server) ?? "" };
  } catch (error) {
    if (!(error instanceof CheckSkipped)) throw error;
    return { verdict: "SKIP", name, detail: error.message };
  }
}

/** Time for the server to accept a client that leaves again: some servers fail when it leaves earlier,
 * which is not the subject here. */
const ACCEPT_MILLISECONDS = 200;

/** How often to connect to a server that closes each connection at once: a stopping server does so
 * while its port is still open. */
const ACCEPT_ATTEMPTS = 5;

/** Whether the server still accepts connections. */
async function answers(context: CheckContext): Promise<boolean> {
  try {
    for (let attempt = 0; attempt < ACCEPT_ATTEMPTS; attempt++) {
      const client = await context.connect();
      await client.until((received) => received !== "", ACCEPT_MILLISECONDS);
      if (!client.isEnded || client.received !== "") return true;
      await delay(ACCEPT_MILLISECONDS);
    }
    return true;
  } catch {
    return false;
  }
}
