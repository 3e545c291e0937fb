import { excerpt } from "./check.ts";
import type { Prompt } from "../lines/prompts.ts";
import { type CheckClient, Greeting, literalPattern } from "./check_client.ts";

/** An echo server: it sends back what it receives. */
export interface EchoServer {
  readonly type: "echo";
  /** A noun phrase for the user. */
  readonly title: string;
  /** The first bytes of every connection, if any. */
  readonly greeting: Greeting | undefined;
  /** The text before every line that comes back. */
  readonly prefix: string;
  /** Whether it closes the connection after one message. */
  readonly isOnce: boolean;
  /** The expected answer to a message. */
  reply(message: string): string;
}

/** A chat server: it sends a message to the other clients. */
export interface ChatServer {
  readonly type: "chat";
  /** A noun phrase for the user. */
  readonly title: string;
  /** Whether users choose their names. */
  readonly hasNames: boolean;
  /** Whether it relays ASCII only. */
  readonly isAsciiOnly: boolean;
  /** Whether a line that starts with a slash may be a command. */
  readonly hasCommands: boolean;
  /**
   * Sends a name and waits until the server has accepted it.
   *
   * @returns false when it was refused.
   */
  join(client: CheckClient, name: string): Promise<boolean>;
  /** Matches a message as the other clients receive it. */
  message(name: string, text: string): RegExp;
  /** Matches the notice of a join. */
  joined(name: string): RegExp;
  /** Matches the notice of a leave. */
  left(name: string): RegExp;
}

export type ServerKind = EchoServer | ChatServer;

/**
 * An echo server, described by its answers.
 *
 * @param prefix the text before each line.
 * @param ending the text after each line, instead of its line feed.
 * @param greeting the first bytes of a connection; empty for none.
 */
export function echoServer(
  prefix: string,
  ending: string,
  isOnce: boolean,
  greeting = "",
): EchoServer {
  const isExact = prefix === "" && ending === "\n";
  return {
    type: "echo",
    title: echoTitle(prefix, ending, isOnce, greeting),
    greeting: greeting === "" ? undefined : new Greeting(greeting),
    prefix,
    isOnce,
    reply(message) {
      if (isExact) return message;
      return (message.match(/[^\n]*\n|[^\n]+$/g) ?? [])
        .map((line) => prefix + (line.endsWith("\n") ? line.slice(0, -1) + ending : line))
        .join("");
    },
  };
}

function echoTitle(prefix: string, ending: string, isOnce: boolean, greeting: string): string {
  const traits = [
    greeting !== "" && `greets with ${excerpt(greeting)}`,
    prefix !== "" && `puts ${JSON.stringify(prefix)} before every line`,
    ending === "" && "leaves out line feeds",
    isOnce && "closes after one message",
  ].filter((trait) => trait !== false);
  return traits.length === 0 ? "an echo server" : `an echo server that ${traits.join(", and ")}`;
}

/** Silence after which a name counts as accepted. */
const SILENCE_MILLISECONDS = 500;

/** Words of servers that refuse a name. */
const REFUSAL = /taken|in use|already|exists|invalid|not allowed|refused|choose another/i;

/** A chat that asks for a name, and marks messages with it. */
export function promptedChat(prompt: Prompt): ChatServer {
  return namedChat(`a chat that asks "${prompt.shown}"`, prompt);
}

/** A chat without a prompt: the first line is the name, and messages are marked with it. */
export const UNPROMPTED_CHAT: ChatServer = namedChat(
  "a chat that asks for nothing and takes the first line as the name",
);

/** @param prompt sent before the server reads the name; `undefined` for none. */
function namedChat(title: string, prompt?: Prompt): ChatServer {
  const isPrompt = (text: string) => prompt?.pattern.test(text) === true;
  const literal = literalPattern;
  return {
    type: "chat",
    title,
    hasNames: true,
    isAsciiOnly: false,
    hasCommands: true,
    async join(client: CheckClient, name: string): Promise<boolean> {
      if (prompt !== undefined && !await client.until(isPrompt)) return false;
      const asked = client.received.length;
      await client.send(`${name}\n`);
      const answer = () => client.received.slice(asked);
      // Without a prompt, the first text may be a greeting: only a repeated name shows that it was read.
      const hasAnswered = () => prompt === undefined ? answer().includes(name) : answer() !== "";
      await client.until(hasAnswered, SILENCE_MILLISECONDS);
      const isAsked = () => isPrompt(answer());
      if (!REFUSAL.test(answer())) return !client.isEnded && !isAsked();
      // The words may also be part of a greeting. A refusal comes with another prompt, or the end.
      await client.until(isAsked, SILENCE_MILLISECONDS);
      return !client.isEnded && !isAsked() && !/taken|in use/i.test(answer());
    },
    message: (name, text) => new RegExp(`${literal(name)}[^\\n]*${literal(text)}`, "g"),
    joined: (name) =>
      new RegExp(`${literal(name)}[^\\n]*(?:join|enter|connect|arriv|online|is here|came)`, "i"),
    left: (name) =>
      new RegExp(`${literal(name)}[^\\n]*(?:left|leav|disconnect|quit|gone|exit|offline)`, "i"),
  };
}

/** Time for the server to accept a client, which it does silently. */
const SILENT_JOIN_MILLISECONDS = 400;

/** A chat that asks for nothing: it relays each line, perhaps with a mark before it. */
export const LINE_CHAT: ChatServer = {
  type: "chat",
  title: "a chat without names",
  hasNames: false,
  isAsciiOnly: false,
  hasCommands: false,
  async join(client) {
    await client.untilEnd(SILENT_JOIN_MILLISECONDS);
    return !client.isEnded;
  },
  message: (_, text) => new RegExp(literalPattern(text), "g"),
  joined: () => /join|enter|connected|arriv/i,
  left: () => /left|leav|disconnect|quit|gone/i,
};

/** `ncat --chat`: it names users by numbers, and announces them. */
export const NCAT_CHAT: ChatServer = {
  type: "chat",
  title: "ncat --chat",
  hasNames: false,
  // It writes other bytes as octal numbers.
  isAsciiOnly: true,
  hasCommands: false,
  join: (client) => client.until((received) => /already connected: [^\n]*\n/.test(received)),
  message: (_, text) => new RegExp(`<user\\d+> ${literalPattern(text)}`, "g"),
  joined: () => /<announce> \S+ is connected as <user\d+>\./,
  left: () => /<announce> <user\d+> is disconnected\./,
};
