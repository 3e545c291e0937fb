import { InvalidArgumentError } from "./commander.ts";
import { host, serverAddress, withoutWebSocket } from "./addresses.ts";
import { command } from "./table.ts";
import { port, wholeNumber } from "./numbers.ts";
import { name } from "./values.ts";
import { SUMMARIES } from "./summaries.ts";

/** Number of lessons; a test compares it with the document, which is not loaded for other commands. */
export const LESSON_COUNT = 15;

/** Port of a class, unless another one is given. */
export const DEFAULT_CLASS_PORT = 8090;

export const LEARN = command({
  name: "learn",
  summary: SUMMARIES.learn,
  description:
    "Walks through fifteen lessons about sockets, some five minutes each. It shows what to type in " +
    "another terminal, starts the servers, notices what you have done, asks a question and explains " +
    "the answer. q or Ctrl+C leaves; the next start continues there. In a pipe it prints the lesson.",
  usage: "[options] [lesson]",
  arguments: [
    {
      usage: "[lesson]",
      help: `number of the lesson, from 1 to ${LESSON_COUNT}; default: where you were`,
      parse: lessonNumber,
    },
  ],
  options: {
    list: { takes: "flag", help: "list the lessons, and how far you are", variables: [] },
    restart: { takes: "flag", help: "forget how far you were", variables: [] },
    color: {
      takes: "flag",
      help: "no colours on a terminal, as with NO_COLOR in the environment",
      default: "yes",
    },
    join: {
      takes: "value",
      group: "In a class:",
      placeholder: "<host[:port]>",
      help: "join the class of a teacher, who sees in which lesson and step you are; needs --name",
      variables: [],
      parse: (value) => withoutWebSocket(serverAddress(value, undefined), value),
    },
    name: {
      takes: "value",
      group: "In a class:",
      placeholder: "<name>",
      help: "your name in the class",
      parse: name,
    },
    class: {
      takes: "flag",
      group: "For teachers:",
      help: "start a class, and show in the browser who is where, until Ctrl+C",
      variables: [],
      conflicts: ["join", "list"],
    },
    host: {
      takes: "value",
      group: "For teachers:",
      placeholder: "<address>",
      help: "address on which the class listens",
      variables: ["HUBBUB_CLASS_HOST"],
      default: "0.0.0.0",
      parse: host,
    },
    port: {
      takes: "value",
      group: "For teachers:",
      placeholder: "<number>",
      help: "port of the class; 0 for any free one",
      variables: ["HUBBUB_CLASS_PORT"],
      default: String(DEFAULT_CLASS_PORT),
      parse: port,
    },
  },
  notes: `Examples:
  hubbub learn                 continue, or begin with lesson 1
  hubbub learn 7               lesson 7
  hubbub learn 7 | less        its text
  hubbub learn --class         on the teacher's machine; prints an address
                               for the teacher's browser, one for the learners
  hubbub learn --join 192.168.1.20:${DEFAULT_CLASS_PORT} --name Ann
                               on a learner's machine`,
});

/** Reads the number of a lesson. */
function lessonNumber(value: string): number {
  const number = wholeNumber(value, 1, LESSON_COUNT);
  if (number !== undefined) return number;
  throw new InvalidArgumentError(
    `expected a whole number from 1 to ${LESSON_COUNT}. learn --list lists the lessons.`,
  );
}
