import { type CheckContext, CheckFailure, excerpt } from "./check.ts";
import type { CheckClient } from "./check_client.ts";
import { ANY_PROMPT } from "./dialects/any_prompt.ts";
import type { ChatDialect, Dialect } from "./dialects/dialect.ts";
import { echoDialect } from "./dialects/echo.ts";
import { ENTER_USERNAME } from "./dialects/enter_username.ts";
import { ENTER_YOUR_NAME } from "./dialects/enter_your_name.ts";
import { ENTER_YOUR_USERNAME } from "./dialects/enter_your_username.ts";
import { LINE_CHAT } from "./dialects/line_chat.ts";
import { NCAT_CHAT } from "./dialects/ncat_chat.ts";
import { promptedChat } from "./dialects/prompted_chat.ts";

/** The prompts, the most exact first. */
const PROMPTS = [ENTER_YOUR_USERNAME, ENTER_YOUR_NAME, ENTER_USERNAME, ANY_PROMPT];

/** Time that a server has to greet, before something is said to it. */
const GREETING_MILLISECONDS = 1000;

/** Time in which an answer that another client has got should have come here too. */
const OTHER_MILLISECONDS = 300;

/** How often something is said to somebody who may not have been there yet. */
const ATTEMPTS = 4;

/**
 * Finds out what a server is by what it sends.
 *
 * 1. Who greets with a prompt is a chat.
 * 2. Who greets with nothing is sent a line. When it comes back and no other client gets it, that is
 *    an echo server, with whatever stands before the line.
 * 3. When another client gets it, that is a chat without names.
 *
 * @throws {CheckFailure} when it is none of them.
 */
export async function recognise(context: CheckContext): Promise<Dialect> {
  const probe = await context.connect();
  await probe.until((received) => byGreeting(received) !== undefined, GREETING_MILLISECONDS);
  const greeted = byGreeting(probe.received);
  if (greeted !== undefined) return greeted;
  if (/password[^\n]*$/i.test(probe.received)) throw new CheckFailure("it asks for a password");

  const before = probe.received.length;
  const first = context.text();
  await probe.send(`${first}\n`);
  await probe.until((received) =>
    received.includes(first) || byGreeting(received.slice(before)) !== undefined
  );
  const answer = probe.received.slice(before);
  const late = byGreeting(answer);
  if (late !== undefined) return late;
  const hasEchoed = answer.includes(first);
  if (!hasEchoed && probe.isEnded) {
    throw new CheckFailure(`it closed the connection; it had sent ${excerpt(probe.received)}`);
  }
  return await byAnswer(context, probe, hasEchoed ? { before, first } : undefined);
}

/** What a server is, where what it sent first tells. */
export function byGreeting(received: string): ChatDialect | undefined {
  if (NCAT_CHAT.greeting.test(received)) return NCAT_CHAT;
  const prompt = PROMPTS.find(({ pattern }) => pattern.test(received));
  return prompt && promptedChat(prompt);
}

async function byAnswer(
  context: CheckContext,
  probe: CheckClient,
  echoed: { before: number; first: string } | undefined,
): Promise<Dialect> {
  const other = await context.connect();
  const second = context.text();
  const hasCome = (received: string) => received.includes(second);
  if (echoed === undefined) {
    // Nothing tells when the server has taken the other one in: what came before that is said again.
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await probe.send(`${second}\n`);
      if (await other.until(hasCome, context.patienceMilliseconds / ATTEMPTS)) return LINE_CHAT;
    }
    throw new CheckFailure("it neither greets nor answers");
  }
  await other.until((received) => received !== "", OTHER_MILLISECONDS);
  await probe.send(`${second}\n`);
  await probe.until(hasCome);
  if (await other.until(hasCome, OTHER_MILLISECONDS)) return LINE_CHAT;
  const { before, first } = echoed;
  const at = probe.received.indexOf(first, before);
  const ending = /^(?:\r?\n)?/.exec(probe.received.slice(at + first.length))![0];
  const isOnce = probe.isEnded && !probe.received.includes(second);
  return echoDialect(probe.received.slice(before, at), ending, isOnce);
}
