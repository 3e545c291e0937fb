import type { Prompt } from "./prompted_chat.ts";

/** What servers call a name, in some languages. */
const NAME = "(?:user ?names?|nick ?names?|nick|namen?|handle|alias|nombre|nome|nom|pseudo)";

/** Words that ask for it. */
const ASKING = "(?:enter|type|choose|pick|give|send|provide|insert|input|what|tell)";

/** A line that explains a command, or tells which name the client has got. */
const STATEMENT =
  `[^\\n]*(?:(?:^|[\\s"'\`(<])/[a-z]|\\b${NAME} (?:is|are|was|were|has|will be)\\b)`;

/**
 * Any other server that asks for a name. The last line is one of:
 *
 * 1. a sentence about a name that ends as questions do: `Pick a nickname>`;
 * 2. the word alone, as servers for clients with a window send it: `NICK`;
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
