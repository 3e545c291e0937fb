import { unfitServer } from "../core/unknown_peer.ts";
import { ANY_PROMPT, NCAT_GREETING, type Prompt, promptIn } from "../lines/prompts.ts";
import { type CheckContext, excerpt } from "./check.ts";
import { CheckFailure } from "./check_failure.ts";
import { type CheckClient, textOf } from "./check_client.ts";
import {
  type ChatServer,
  type EchoServer,
  echoServer,
  LINE_CHAT,
  NCAT_CHAT,
  promptedChat,
  type ServerKind,
  UNPROMPTED_CHAT,
} from "./server_kinds.ts";

/** Time for a greeting, before anything is sent. */
const GREETING_MILLISECONDS = 1000;

/** Matches errors in which servers of other protocols repeat a line. */
const COMPLAINT =
  /<\/?html|\b(?:err|error|unknown|unrecogni[sz]ed|invalid|bad|syntax|unsupported)\b|\bnot (?:found|understood|recogni[sz]ed|implemented)\b/i;

/** Time until a message that one client has received must also have reached the other. */
const OTHER_MILLISECONDS = 300;

/** How often a message is sent to a client that the server may not have accepted yet. */
const ATTEMPTS = 4;

/**
 * Identifies a server by what it sends.
 *
 * 1. A server that greets with a prompt is a chat.
 * 2. To any other, two clients send a line each, since some chats read the first line as the name. Then
 *    the first client sends a second line.
 * 3. If the other client receives that line, the server is a chat: with names, if the first line stands
 *    before it.
 * 4. If only the sender receives it, the server is an echo server. Text before it is a greeting, or the
 *    prefix of every line.
 *
 * @throws {CheckFailure} for any other server; the message describes its answers.
 */
export async function recognise(context: CheckContext): Promise<ServerKind> {
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
  const code = unfitServer(probe.received) === undefined ? undefined : "unfit";
  throw new CheckFailure(describeUnknown(probe, before, first, answer), code);
}

/** Whether the last line that a server has sent asks for a password. */
export function asksForPassword(received: string): boolean {
  return /password(?:[^\n]*| ?[:?>] ?\r?\n)$/i.test(received);
}

/** The chat that sends this greeting; `undefined` for any other greeting. */
export function byGreeting(received: string): ChatServer | undefined {
  const prompt = promptIn(received);
  if (prompt === NCAT_GREETING) return NCAT_CHAT;
  return prompt && promptedChat(prompt === ANY_PROMPT ? shownAsSent(prompt, received) : prompt);
}

/** A prompt with the text of the server. */
function shownAsSent(prompt: Prompt, received: string): Prompt {
  const line = excerpt(received.replace(/\n[^\w\n]*$/, "").split("\n").at(-1)!);
  return { ...prompt, shown: line.replace(/^"|"$/g, "") };
}

/** Identifies a server that has sent a line back to its sender. */
async function byEcho(
  context: CheckContext,
  probe: CheckClient,
  before: number,
  first: string,
): Promise<ServerKind> {
  const other = await joinUnprompted(context);
  const second = context.text();
  const hasArrived = (received: string) => received.includes(second);
  await other.until((received) => received !== "", OTHER_MILLISECONDS);
  await probe.send(`${second}\n`);
  await probe.until(hasArrived);
  if (await other.until(hasArrived, OTHER_MILLISECONDS)) return chatOf(other, first, second);
  return echoOf(probe, before, first, second);
}

/** Connects a client that sends a line at once: if the server reads it as a name, it joins the chat. */
async function joinUnprompted(context: CheckContext): Promise<CheckClient> {
  const other = await context.connect();
  await other.send(`${context.text()}\n`);
  return other;
}

/** Identifies a chat without a prompt by the form in which another client receives a message. */
function chatOf({ received }: CheckClient, first: string, text: string): ChatServer {
  return UNPROMPTED_CHAT.message(first, text).test(received) ? UNPROMPTED_CHAT : LINE_CHAT;
}

/** Describes an echo server by the answers to two lines. */
function echoOf(
  { received, isEnded }: CheckClient,
  before: number,
  first: string,
  second: string,
): EchoServer {
  const firstAt = received.indexOf(first, before);
  const ending = /^(?:\r?\n)?/.exec(received.slice(firstAt + first.length))![0];
  const secondAt = received.indexOf(second, firstAt);
  // Text before the first line, but not before the second, is a late greeting.
  const repeated = received.slice(firstAt + first.length + ending.length, secondAt);
  const isLate = secondAt >= 0 && received.slice(before, firstAt).endsWith(repeated);
  const prefixAt = isLate ? firstAt - repeated.length : before;
  const greeting = received.slice(0, prefixAt);
  const isOnce = isEnded && secondAt < 0;
  return echoServer(received.slice(prefixAt, firstAt), ending, isOnce, greeting);
}

/** Identifies a server that sends nothing to the sender; `undefined` if others get nothing either. */
async function byAnother(
  context: CheckContext,
  probe: CheckClient,
  first: string,
): Promise<ChatServer | undefined> {
  const other = await joinUnprompted(context);
  const text = context.text();
  const hasArrived = (received: string) => received.includes(text);
  // Nothing shows when the server has accepted the other client: an earlier message is sent again.
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    await probe.send(`${text}\n`);
    if (await other.until(hasArrived, context.patienceMilliseconds / ATTEMPTS)) {
      return chatOf(other, first, text);
    }
  }
  return undefined;
}

/**
 * Describes an unknown server by its behaviour.
 *
 * @param before number of bytes received before the line was sent.
 * @param answer the bytes received between this line and the next one.
 */
function describeUnknown(
  { received, isEnded }: CheckClient,
  before: number,
  line: string,
  answer: string,
): string {
  if (received === "") {
    return isEnded
      ? "it closes the connection without sending anything"
      : "it neither greets nor answers";
  }
  const unfit = unfitServer(received);
  if (unfit !== undefined) return `${unfit}: it is neither a chat nor an echo server`;
  const greeting = received.slice(0, before);
  // A very slow server is described by its late answer.
  const shown = answer === "" ? received.slice(before) : answer;
  const traits = [
    isObject(shown) && "uses its own JSON",
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

/** Time for a reaction that may never come. */
const SILENCE_MILLISECONDS = 500;

/** The properties of a chat that the load tester needs. */
export interface ChatTraits {
  /** Whether a client that sends its name at once, and is alone, receives anything. */
  readonly isGreeted: boolean;
  /** Whether it asks for a password after the name; then the other properties are unknown. */
  readonly asksForPassword: boolean;
  /** Whether a message also comes back to its sender. */
  readonly sendsBack: boolean;
}

/** Finds the properties of a chat by joining and sending. */
export async function chatTraits(
  context: CheckContext,
  chat: ChatServer,
): Promise<ChatTraits> {
  const alone = await context.connect();
  if (chat.hasNames) await alone.send(`${context.name("Ann")}\n`);
  const isGreeted = await alone.until((received) => received !== "", SILENCE_MILLISECONDS);

  const [sender, receiver] = [await context.connect(), await context.connect()];
  await chat.join(sender, context.name("Bob"));
  if (asksForPassword(sender.received)) {
    return { isGreeted, asksForPassword: true, sendsBack: false };
  }
  await chat.join(receiver, context.name("Eve"));
  const text = context.text();
  const hasArrived = (received: string) => received.includes(text);
  await sender.send(`${text}\n`);
  await receiver.until(hasArrived);
  return {
    isGreeted,
    asksForPassword: false,
    sendsBack: await sender.until(hasArrived, SILENCE_MILLISECONDS),
  };
}
