/**
 * How chats of lines ask for a name.
 *
 * @module
 */

/** How a chat asks for a name. */
export interface Prompt {
  /** Matches all that it sends until it waits. */
  readonly pattern: RegExp;
  /** The question for the user. */
  readonly shown: string;
}

/** hubbub's own prompt, and that of the chat with graphical clients. */
export const ENTER_YOUR_USERNAME: Prompt = {
  pattern: /Enter your username: ?$/,
  shown: "Enter your username:",
};

/** The prompt of the threaded chat for plain `nc`. */
export const ENTER_YOUR_NAME: Prompt = {
  pattern: /Enter your name: ?$/,
  shown: "Enter your name:",
};

/** The short prompt of the exercise, which may end with dots and a line feed. */
export const ENTER_USERNAME: Prompt = {
  pattern: /Enter (?:a )?user ?name\b[^\n]*\n?$/i,
  shown: "Enter username",
};

/** Words for a name, in some languages. */
const NAME = "(?:user ?names?|nick ?names?|nick|namen?|handle|alias|nombre|nome|nom|pseudo)";

/** Verbs of a request for it. */
const ASKING = "(?:enter|type|choose|pick|give|send|provide|insert|input|what|tell)";

/** A line that explains a command, or reports the name of the client. */
const STATEMENT =
  `[^\\n]*(?:(?:^|[\\s"'\`(<])/[a-z]|\\b${NAME} (?:is|are|was|were|has|will be)\\b)`;

/**
 * Any other prompt for a name. Its last line is one of:
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

/** The prompts, the most exact first. */
const PROMPTS = [ENTER_YOUR_USERNAME, ENTER_YOUR_NAME, ENTER_USERNAME, ANY_PROMPT];

/** The greeting of `ncat --chat`, which asks for no name. */
export const NCAT_GREETING = "ncat";

/** The prompt at the end of what a chat has sent, or its greeting; `undefined` for neither. */
export function promptIn(received: string): Prompt | typeof NCAT_GREETING | undefined {
  if (/^<announce> /m.test(received)) return NCAT_GREETING;
  return PROMPTS.find(({ pattern }) => pattern.test(received));
}
