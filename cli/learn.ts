import process from "node:process";
import { join } from "node:path";
import { isatty } from "node:tty";
import text from "../docs/LESSONS.md" with { type: "text" };
import { COLORED, PLAIN_STYLE } from "../client/learn/layout.ts";
import { type LessonBook, parseLessonBook } from "../client/learn/lesson_book.ts";
import { lessonList, lessonText } from "../client/learn/plain_text.ts";
import { BEGINNING, type Progress } from "../client/learn/progress.ts";
import { LESSON_PROGRAM } from "../client/learn/terminal_one.ts";
import { configFolder } from "./config_folder.ts";
import { CliError, EXIT } from "./exit.ts";
import { hasQueueTable } from "./learn/accept_queue.ts";
import { runClass } from "./learn/class_command.ts";
import { ClassError, ClassMember } from "./learn/class_member.ts";
import { Dialogue, Inbox, type Message } from "./learn/dialogue.ts";
import { readKeys } from "./learn/keys.ts";
import { hasProgram } from "./learn/own_program.ts";
import { choosePorts } from "./learn/ports.ts";
import { PROGRESS_FILE, ProgressFile } from "./learn/progress_file.ts";
import { LessonScreen } from "./learn/screen.ts";
import { LearnSession } from "./learn/session.ts";
import { TerminalOneHost } from "./learn/terminal_one_host.ts";
import type { Run } from "./options/command_line.ts";
import { DEFAULT_CLASS_PORT, type LEARN } from "./options/learn.ts";
import type { Settings } from "./options/settings.ts";
import { runtime } from "./runtime/mod.ts";
import { onInterrupt } from "./signals.ts";
import { print, warn } from "./standard_streams.ts";

type LearnSettings = Settings<typeof LEARN.options>;

/** Columns of a lesson that is printed into a pipe. */
const PIPE_COLUMNS = 80;

/** `hubbub learn`: the lessons on a terminal, their text in a pipe, and the class of a teacher. */
export const learn: Run<typeof LEARN.options> = async (settings, [lesson]) => {
  const { values } = settings;
  checkTogether(settings);
  const book = parseLessonBook(text);
  if (values.class) {
    const titles = book.lessons.map(({ title }) => title);
    return await runClass({ ...values, titles, program: runtime.programName });
  }
  const folder = configFolder();
  const file = new ProgressFile(
    folder === undefined ? undefined : join(folder, PROGRESS_FILE),
    book.lessons.length,
  );
  const { progress: stored, warning } = file.read();
  if (warning !== undefined) warn(warning);
  const known = values.restart ? BEGINNING : stored;
  if (values.list) return print(lessonList(book.lessons, known));
  const progress = lesson === undefined ? known : { ...known, lesson: Number(lesson), step: 0 };
  if (!isatty(0) || !isatty(1)) {
    if (values.join !== undefined) {
      throw new CliError(
        "Cannot join a class without a terminal: a class shows learners who do a lesson. " +
          "Leave out --join to print the lesson.",
        EXIT.usage,
      );
    }
    const found = book.lessons[progress.lesson - 1]!;
    const layout = { columns: PIPE_COLUMNS, style: PLAIN_STYLE };
    const shown = lessonText(found, book.lessons.length, layout);
    return print(shown.replaceAll(LESSON_PROGRAM, runtime.programName));
  }
  await runOnTerminal(settings, book, file, progress);
};

/** @throws {CliError} for options that do not belong together. */
function checkTogether(settings: LearnSettings): void {
  const { values } = settings;
  const isGiven = (name: "host" | "port") => settings.originOf(name) === "command line";
  if (!values.class && (isGiven("host") || isGiven("port"))) {
    throw new CliError(
      "Cannot use --host and --port without --class: they are the address of a teacher's class. " +
        `To join one, give --join HOST:${DEFAULT_CLASS_PORT}.`,
      EXIT.usage,
    );
  }
  if (values.join !== undefined && values.name === undefined) {
    throw new CliError(
      "Cannot join a class without a name: give --name, such as --name Ann.",
      EXIT.usage,
    );
  }
}

async function runOnTerminal(
  settings: LearnSettings,
  book: LessonBook,
  file: ProgressFile,
  progress: Progress,
): Promise<void> {
  const { values } = settings;
  const isDumb = terminalType() === "dumb";
  const style = values.color && !runtime.noColor && !isDumb ? COLORED : PLAIN_STYLE;
  const screen = new LessonScreen(process.stdout, style, !isDumb);
  const inbox = new Inbox<Message>();
  const tell = (text: string | undefined) => {
    if (text !== undefined) screen.remark(text, "bad");
  };
  const member = await joinClass(values, tell);
  const canSeeQueue = await hasQueueTable();
  const interrupts = onInterrupt();
  void interrupts.next().then(() => inbox.push({ key: "leave" }));
  const restoreTerminal = readKeys(process.stdin, (key) => inbox.push({ key }));
  try {
    await new LearnSession({
      book,
      dialogue: new Dialogue(screen, inbox),
      event: (event) => inbox.push({ event }),
      choosePorts,
      openTerminalOne: (handlers) => new TerminalOneHost(handlers, configFolder() ?? process.cwd()),
      isObservable: (kind) => kind !== "waits" || canSeeQueue,
      hasTool: hasProgram,
      program: runtime.programName,
      store: (newer) => tell(file.write(newer)),
      reached: (position) => member?.report(position),
    }, progress).run();
  } finally {
    restoreTerminal();
    interrupts.dispose();
    await member?.leave();
  }
  screen.print(`  Continue with: ${runtime.programName} learn`);
}

async function joinClass(
  { join: address, name = "" }: LearnSettings["values"],
  warn: (text: string) => void,
): Promise<ClassMember | undefined> {
  if (address === undefined) return undefined;
  const target = { host: "127.0.0.1", port: DEFAULT_CLASS_PORT, ...address };
  try {
    return await ClassMember.join({ host: target.host, port: target.port }, name, warn);
  } catch (error) {
    if (!(error instanceof ClassError)) throw error;
    const code = error.isRefusal ? EXIT.failed : EXIT.network;
    throw new CliError(`${error.message} Without --join you learn alone.`, code, { cause: error });
  }
}

/** The type of the terminal; `undefined` if it may not be read. */
function terminalType(): string | undefined {
  try {
    return process.env["TERM"];
  } catch {
    return undefined;
  }
}
