import { unfitServer } from "../core/unknown_peer.ts";
import { type CheckContext, CheckFailure, excerpt } from "./check.ts";
import { type CheckClient, textOf } from "./check_client.ts";
import {
  ANY_PROMPT,
  type ChatDialect,
  type Dialect,
  type EchoDialect,
  echoDialect,
  ENTER_USERNAME,
  ENTER_YOUR_NAME,
  ENTER_YOUR_USERNAME,
  LINE_CHAT,
  NCAT_CHAT,
  type Prompt,
  promptedChat,
  UNPROMPTED_CHAT,
} from "./server_kinds.ts";

/** The prompts, the most exact first. */
const PROMPTS = [ENTER_YOUR_USERNAME, ENTER_YOUR_NAME, ENTER_USERNAME, ANY_PROMPT];

/** Time that a server has to greet, before something is said to it. */
const GREETING_MILLISECONDS = 1000;

/** Error texts in which servers of other protocols repeat a line. */
const COMPLAINT =
  /<\/?html|\b(?:err|error|unknown|unrecogni[sz]ed|invalid|bad|syntax|unsupported)\b|\bnot (?:found|understood|recogni[sz]ed|implemented)\b/i;

/** Time in which an answer that another client has got should have come here too. */
const OTHER_MILLISECONDS = 300;

/** How often something is said to somebody who may not have been there yet. */
const ATTEMPTS = 4;

/**
 * Finds out what a server is by what it sends.
 *
 * 1. A server that greets with a prompt is a chat.
 * 2. To any other, two clients send a line each, since some chats read the first line as the name. Then
 *    the first client sends a second line.
 * 3. If the other client receives that line, the server is a chat: with names, if the first line stands
 *    before it.
 * 4. If only the sender receives it, the server is an echo server. Text before it is a greeting, or the
 *    prefix of every line.
 *
 * @throws {CheckFailure} when it is none of them; the message tells what came.
 */
export async function recognise(context: CheckContext): Promise<Dialect> {
  const probe = await context.connect();
  await probe.until((received) => byGreeting(received) !== undefined, GREETING_MILLISECONDS);
  const greeted = byGreeting(probe.received);
  if (greeted !== undefined) return greeted;
  if (asksForPassword(probe.received)) throw new CheckFailure("it asks for a password");

  const before = probe.received.length;
  const first = context.text();
  await probe.send(`${first}\n`);
  await probe.until((received) =>
    received.includes(first) || byGreeting(received.slice(before)) !== undefined
  );
  const answer = probe.received.slice(before);
  const late = byGreeting(answer);
  if (late !== undefined) return late;
  const isComplaint = COMPLAINT.test(answer.replaceAll(first, ""));
  if (answer.includes(first) && !isComplaint) return await byEcho(context, probe, before, first);
  if (!probe.isEnded) {
    const chat = await byAnother(context, probe, first);
    if (chat !== undefined) return chat;
  }
  throw new CheckFailure(describeUnknown(probe, before, first, answer));
}

/** Whether the last line that a server has sent asks for a password. */
export function asksForPassword(received: string): boolean {
  return /password(?:[^\n]*| ?[:?>] ?\r?\n)$/i.test(received);
}

/** What a server is, where what it sent first tells. */
export function byGreeting(received: string): ChatDialect | undefined {
  if (NCAT_CHAT.greeting.test(received)) return NCAT_CHAT;
  const prompt = PROMPTS.find(({ pattern }) => pattern.test(received));
  return prompt && promptedChat(prompt === ANY_PROMPT ? shownAsSent(prompt, received) : prompt);
}

/** A prompt in the server's own words. */
function shownAsSent(prompt: Prompt, received: string): Prompt {
  const line = excerpt(received.replace(/\n[^\w\n]*$/, "").split("\n").at(-1)!);
  return { ...prompt, shown: line.replace(/^"|"$/g, "") };
}

/** Recognises a server that has sent a line back to its sender. */
async function byEcho(
  context: CheckContext,
  probe: CheckClient,
  before: number,
  first: string,
): Promise<Dialect> {
  const other = await joinUnasked(context);
  const second = context.text();
  const hasCome = (received: string) => received.includes(second);
  await other.until((received) => received !== "", OTHER_MILLISECONDS);
  await probe.send(`${second}\n`);
  await probe.until(hasCome);
  if (await other.until(hasCome, OTHER_MILLISECONDS)) return chatOf(other, first, second);
  return echoOf(probe, before, first, second);
}

/** Connects another client, which sends a line at once: if that is the name, it has joined the chat. */
async function joinUnasked(context: CheckContext): Promise<CheckClient> {
  const other = await context.connect();
  await other.send(`${context.text()}\n`);
  return other;
}

/** Recognises a chat without a prompt by the form in which another client receives a message. */
function chatOf({ received }: CheckClient, first: string, text: string): ChatDialect {
  return UNPROMPTED_CHAT.said(first, text).test(received) ? UNPROMPTED_CHAT : LINE_CHAT;
}

/** What an echo server is, by how two lines came back. */
function echoOf(
  { received, isEnded }: CheckClient,
  before: number,
  first: string,
  second: string,
): EchoDialect {
  const firstAt = received.indexOf(first, before);
  const ending = /^(?:\r?\n)?/.exec(received.slice(firstAt + first.length))![0];
  const secondAt = received.indexOf(second, firstAt);
  // What stands before the first line, but not before the second, is a greeting that came late.
  const repeated = received.slice(firstAt + first.length + ending.length, secondAt);
  const isLate = secondAt >= 0 && received.slice(before, firstAt).endsWith(repeated);
  const prefixAt = isLate ? firstAt - repeated.length : before;
  const greeting = received.slice(0, prefixAt);
  const isOnce = isEnded && secondAt < 0;
  return echoDialect(received.slice(prefixAt, firstAt), ending, isOnce, greeting);
}

/** Recognises a server that sends nothing to the sender; `undefined` if others get nothing either. */
async function byAnother(
  context: CheckContext,
  probe: CheckClient,
  first: string,
): Promise<ChatDialect | undefined> {
  const other = await joinUnasked(context);
  const text = context.text();
  const hasCome = (received: string) => received.includes(text);
  // Nothing tells when the server has taken the other one in: what came before that is said again.
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await probe.send(`${text}\n`);
    if (await other.until(hasCome, context.patienceMilliseconds / ATTEMPTS)) {
      return chatOf(other, first, text);
    }
  }
  return undefined;
}

/**
 * What a server does that is none of the known ones.
 *
 * @param before how much had come when the line was said.
 * @param answer what had come for that line before the next one was said.
 */
function describeUnknown(
  { received, isEnded }: CheckClient,
  before: number,
  line: string,
  answer: string,
): string {
  if (received === "") {
    return isEnded ? "it closes the connection without a word" : "it neither greets nor answers";
  }
  const unfit = unfitServer(received);
  if (unfit !== undefined) return `${unfit}: it is neither a chat nor an echo server`;
  const greeting = received.slice(0, before);
  // Who is slower than all patience is named by what came at last.
  const shown = answer === "" ? received.slice(before) : answer;
  const traits = [
    isObject(shown) && "speaks a JSON of its own",
    greeting !== "" && `greets with ${excerpt(greeting)}`,
    shown !== "" && `answers ${excerpt(shown)} to "${line}"`,
    isEnded && "closes the connection",
  ].filter((trait) => trait !== false);
  return `it ${traits.join(", and ")}: it is neither a chat nor an echo server that check knows`;
}

/** Whether the first line is a JSON object. */
function isObject(bytes: string): boolean {
  try {
    const value: unknown = JSON.parse(textOf(bytes.trimStart().split("\n", 1)[0]!));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Time for a reaction that a server may not have at all, in milliseconds. */
const SILENCE_MILLISECONDS = 500;

/** The properties of a chat that a load tester needs. */
export interface ChatTraits {
  /** True when a client that gives its name at once, and is alone, is sent something. */
  readonly isGreeted: boolean;
  /** True when it asks for a password once it has the name; then nothing more is known. */
  readonly asksForPassword: boolean;
  /** True when a message also comes back to its sender. */
  readonly sendsBack: boolean;
}

/** Finds out by a trial how a chat treats clients that join and clients that send. */
export async function chatTraits(
  context: CheckContext,
  dialect: ChatDialect,
): Promise<ChatTraits> {
  const alone = await context.connect();
  if (dialect.hasNames) await alone.send(`${context.name("Ann")}\n`);
  const isGreeted = await alone.until((received) => received !== "", SILENCE_MILLISECONDS);

  const [sender, receiver] = [await context.connect(), await context.connect()];
  await dialect.enter(sender, context.name("Bob"));
  if (asksForPassword(sender.received)) {
    return { isGreeted, asksForPassword: true, sendsBack: false };
  }
  await dialect.enter(receiver, context.name("Eve"));
  const text = context.text();
  const hasCome = (received: string) => received.includes(text);
  await sender.send(`${text}\n`);
  await receiver.until(hasCome);
  return {
    isGreeted,
    asksForPassword: false,
    sendsBack: await sender.until(hasCome, SILENCE_MILLISECONDS),
  };
}
