import type { Prompt } from "./prompted_chat.ts";

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
