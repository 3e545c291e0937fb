import type { CheckClient } from "../check_client.ts";
import { literal } from "../literal.ts";
import type { ChatDialect } from "./dialect.ts";

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
