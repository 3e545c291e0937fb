import { type CheckClient, Greeting, literal } from "./check_client.ts";
import { excerpt } from "./check.ts";

/** An echo server: it sends back what it gets. */
export interface EchoDialect {
  readonly kind: "echo";
  /** What it is, for people. */
  readonly title: string;
  /** What it says first on every connection; `undefined` where that is nothing. */
  readonly greeting: Greeting | undefined;
  /** What stands before every line that comes back. */
  readonly prefix: string;
  /** True when it closes the connection after one message. */
  readonly isOnce: boolean;
  /** The bytes that have to come back. */
  reply(message: string): string;
}

/** A chat: what one says the others get. */
export interface ChatDialect {
  readonly kind: "chat";
  /** What it is, for people. */
  readonly title: string;
  /** True when people give their names. */
  readonly hasNames: boolean;
  /** True when it passes on ASCII only. */
  readonly isAsciiOnly: boolean;
  /** True when a line that starts with a slash may be a command. */
  readonly hasCommands: boolean;
  /**
   * Gives a name and waits until the server has taken it.
   *
   * @returns false when it was refused.
   */
  enter(client: CheckClient, name: string): Promise<boolean>;
  /** A message as the others see it. */
  said(name: string, text: string): RegExp;
  /** The notice that somebody came. */
  joined(name: string): RegExp;
  /** The notice that somebody left. */
  left(name: string): RegExp;
}

/** Any of them. */
export type Dialect = EchoDialect | ChatDialect;

/**
 * An echo server, by what came back.
 *
 * @param prefix what stood before the line.
 * @param ending what stood after it, in place of its line feed.
 * @param greeting what came before anything was sent back; empty where that is nothing.
 */
export function echoDialect(
  prefix: string,
  ending: string,
  isOnce: boolean,
  greeting = "",
): EchoDialect {
  const isExact = prefix === "" && ending === "\n";
  return {
    kind: "echo",
    title: titleOf(prefix, ending, isOnce, greeting),
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

function titleOf(prefix: string, ending: string, isOnce: boolean, greeting: string): string {
  const traits = [
    greeting !== "" && `greets with ${excerpt(greeting)}`,
    prefix !== "" && `puts ${JSON.stringify(prefix)} before every line`,
    ending === "" && "leaves out line feeds",
    isOnce && "closes after one message",
  ].filter((trait) => trait !== false);
  return traits.length === 0 ? "an echo server" : `an echo server that ${traits.join(", and ")}`;
}

/** How a chat asks for a name. */
export interface Prompt {
  /** What it sends, up to where it waits. */
  readonly pattern: RegExp;
  /** The same for people. */
  readonly shown: string;
}

/** Silence after which a server is taken to have accepted a name without a word. */
const SILENCE_MILLISECONDS = 500;

/** What servers say when they do not take a name. */
const REFUSAL = /taken|in use|already|exists|invalid|not allowed|refused|choose another/i;

/** A chat that asks for a name, and marks messages with it. */
export function promptedChat(prompt: Prompt): ChatDialect {
  return namedChat(`a chat that asks "${prompt.shown}"`, prompt);
}

/** A chat without a prompt: the first line is the name, and messages are marked with it. */
export const UNPROMPTED_CHAT: ChatDialect = namedChat(
  "a chat that asks for nothing and takes the first line as the name",
);

/** @param prompt sent before it reads the name; `undefined` for none. */
function namedChat(title: string, prompt?: Prompt): ChatDialect {
  const isPrompt = (text: string) => prompt?.pattern.test(text) === true;
  return {
    kind: "chat",
    title,
    hasNames: true,
    isAsciiOnly: false,
    hasCommands: true,
    async enter(client: CheckClient, name: string): Promise<boolean> {
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
    said: (name, text) => new RegExp(`${literal(name)}[^\\n]*${literal(text)}`, "g"),
    joined: (name) =>
      new RegExp(`${literal(name)}[^\\n]*(?:join|enter|connect|arriv|online|is here|came)`, "i"),
    left: (name) =>
      new RegExp(`${literal(name)}[^\\n]*(?:left|leav|disconnect|quit|gone|exit|offline)`, "i"),
  };
}

/** Time that the server has to take a client in: it tells nothing of it. */
const ENTRY_MILLISECONDS = 400;

/** A chat that asks for nothing: what one sends the others get, perhaps with a mark before it. */
export const LINE_CHAT: ChatDialect = {
  kind: "chat",
  title: "a chat without names",
  hasNames: false,
  isAsciiOnly: false,
  hasCommands: false,
  async enter(client) {
    await client.untilEnd(ENTRY_MILLISECONDS);
    return !client.isEnded;
  },
  said: (_, text) => new RegExp(literal(text), "g"),
  joined: () => /join|enter|connected|arriv/i,
  left: () => /left|leav|disconnect|quit|gone/i,
};

/** `ncat --chat`: it names everybody by a number, and announces them. */
export const NCAT_CHAT: ChatDialect & { readonly greeting: RegExp } = {
  kind: "chat",
  title: "ncat --chat",
  greeting: /^<announce> /m,
  hasNames: false,
  // It writes the other bytes as octal numbers.
  isAsciiOnly: true,
  hasCommands: false,
  enter: (client) => client.until((received) => /already connected: [^\n]*\n/.test(received)),
  said: (_, text) => new RegExp(`<user\\d+> ${literal(text)}`, "g"),
  joined: () => /<announce> \S+ is connected as <user\d+>\./,
  left: () => /<announce> <user\d+> is disconnected\./,
};

/** Words for a name, in some languages. */
const NAME = "(?:user ?names?|nick ?names?|nick|namen?|handle|alias|nombre|nome|nom|pseudo)";

/** Verbs of a request for it. */
const ASKING = "(?:enter|type|choose|pick|give|send|provide|insert|input|what|tell)";

/** A line that explains a command, or reports the name of the client. */
const STATEMENT =
  `[^\\n]*(?:(?:^|[\\s"'\`(<])/[a-z]|\\b${NAME} (?:is|are|was|were|has|will be)\\b)`;

/**
 * Any other server that asks for a name. The last line is one of:
 *
 * 1. a sentence about a name that ends like a question: `Pick a nickname>`;
 * 2. the word alone, as servers for graphical clients send it: `NICK`;
 * 3. a request without a mark at its end: `Please enter your name`.
 *
 * A line with nothing but a mark, such as `> `, may follow.
 */
export const ANY_PROMPT: Prompt = {
  pattern: new RegExp(
    `(?:^|\\n)(?!${STATEMENT})(?:` +
      `[^\\n]*\\b${NAME}\\b[^\\n]{0,40}[:?>.]` +
      `|[^\\w\\n]*(?:${NAME}|user|login)[^\\w\\n]*` +
      `|[^\\n]*\\b${ASKING}\\b[^\\n]{0,40}\\b${NAME}\\b[^\\n]{0,20}` +
      `) ?\\r?\\n?(?:[>:$#%] ?)?$`,
    "i",
  ),
  shown: "a name",
};

/** The exercise that asks shortly, perhaps with a line end and dots. */
export const ENTER_USERNAME: Prompt = {
  pattern: /Enter (?:a )?user ?name\b[^\n]*\n?$/i,
  shown: "Enter username",
};

/** The threaded chat that is used with plain `nc`. */
export const ENTER_YOUR_NAME: Prompt = {
  pattern: /Enter your name: ?$/,
  shown: "Enter your name:",
};

/** hubbub's own, and the chat whose clients have a window. */
export const ENTER_YOUR_USERNAME: Prompt = {
  pattern: /Enter your username: ?$/,
  shown: "Enter your username:",
};
