import {
  type Condition,
  describeCondition,
  describeFulfilled,
  type EventKind,
  type LessonEvent,
} from "../../client/learn/conditions.ts";
import { layOut, wrap } from "../../client/learn/layout.ts";
import type { Block, Lesson, Question, Substitute } from "../../client/learn/lesson_book.ts";
import { Attempts, LessonRun, type Observation } from "../../client/learn/lesson_run.ts";
import { resumptionPoint, type Step, stepsOf } from "../../client/learn/steps.ts";
import { localized } from "../../client/learn/terminal_one.ts";
import { toolsIn } from "../../client/learn/tools.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { Dialogue } from "./dialogue.ts";
import type { Key } from "./keys.ts";
import type { LessonScreen } from "./screen.ts";
import { PortInUseError } from "./terminal_one_host.ts";

/** Terminal 1, as a lesson uses it. */
export interface TerminalOne {
  /**
   * Runs a command: a server until it listens, another one to its end.
   *
   * @throws {PortInUseError} if another program has taken the port.
   */
  run(command: string, ports: ReadonlyMap<number, number>, isTraced: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** What is the same for all lessons. */
export interface PlayerContext {
  readonly dialogue: Dialogue;
  /** Chooses ports for those of the lessons. */
  readonly choosePorts: () => Promise<ReadonlyMap<number, number>>;
  /** Number of lessons. */
  readonly count: number;
  readonly substitutes: readonly Substitute[];
  /** Whether events of a kind can be noticed on this machine. */
  readonly isObservable: (kind: EventKind) => boolean;
  /** Whether a tool is installed. */
  readonly hasTool: (name: string) => Promise<boolean>;
  /** The command that runs this program. */
  readonly program: string;
}

/** Receives how far a learner is in a lesson. */
export interface PlayerHandlers {
  /** @param index of the step, from 0. */
  reached(index: number, steps: number): void;
  /** The learner has found the right answer. @param choices number of choices that it took. */
  answered(choices: number): void;
}

/** Maximum number of lines of terminal 1 that are shown in a step: of one that runs a command, and of any
 * other, in which hundreds of clients may come. */
const MAX_COMMAND_LINES = 100;
const MAX_LIVE_LINES = 12;

/** Maximum number of texts in a step that are reported to be something else: a program may send them. */
const MAX_OTHER_TEXTS = 10;

/** Attempts to start a server, each with other ports. */
const MAX_ATTEMPTS = 3;

const WAITING_KEYS = "s: skip · h: help · q: leave";

/** One lesson on a terminal, step by step. */
export class LessonPlayer {
  readonly #run: LessonRun;
  readonly #from: number;
  readonly #screen: LessonScreen;
  #ports: ReadonlyMap<number, number> = new Map();
  #liveLines = 0;
  #otherTexts = 0;

  /** @param left the step at which the learner left the lesson; 0 for its beginning. */
  constructor(
    private readonly lesson: Lesson,
    left: number,
    private readonly context: PlayerContext,
    private readonly handlers: PlayerHandlers,
  ) {
    const steps = stepsOf(lesson, context.isObservable);
    this.#from = resumptionPoint(steps, left);
    this.#run = new LessonRun(steps, this.#from);
    this.#screen = context.dialogue.screen;
  }

  /** Does the lesson. @throws {Leaving} */
  async play(terminal: TerminalOne): Promise<void> {
    const { dialogue } = this.context;
    dialogue.observe = (event) => this.#observe(event);
    this.#ports = await this.context.choosePorts();
    await this.#showTitle();
    for (let step; (step = this.#run.step) !== undefined; this.#run.advance()) {
      this.handlers.reached(this.#run.index, this.#run.steps.length);
      if (this.#isToConfirm(step)) {
        await dialogue.untilEnter(this.#at("Enter: continue"), "q: leave");
      }
      this.#show(step.text);
      this.#liveLines = 0;
      this.#otherTexts = 0;
      await this.#act(step, terminal);
      const hidden = this.#liveLines - this.#maxLines;
      if (hidden > 0) this.#screen.print(`  ${hidden} more lines of terminal 1 are left out.`);
    }
  }

  /** Shows a line that terminal 1 prints, until the question. */
  showLine(line: string): void {
    if ((this.#run.step?.action.does ?? "ask") === "ask") return;
    if (++this.#liveLines > this.#maxLines) return;
    this.#screen.print(`  ${this.#screen.style.faint("1 │")} ${line}`);
  }

  /** A status with the number of the step before it. */
  #at(what: string): string {
    return `${this.#run.index + 1}/${this.#run.steps.length} ${what}`;
  }

  get #maxLines(): number {
    return this.#run.step?.action.does === "run" ? MAX_COMMAND_LINES : MAX_LIVE_LINES;
  }

  async #showTitle(): Promise<void> {
    const { number, title, goal, blocks } = this.lesson;
    const { count, substitutes, hasTool, program } = this.context;
    const screen = this.#screen;
    screen.print("", ...wrap(`**Lesson ${number} of ${count}: ${title}**`, screen.layout));
    screen.remark(`You will know ${goal}`);
    if (this.#from > 0) {
      screen.remark(
        `You were in this lesson before: it continues at step ${this.#from + 1} of ` +
          `${this.#run.steps.length}. To begin it anew: ${program} learn ${number}`,
        "faint",
      );
    }
    this.#showPorts();
    for (const { tool, instead } of substitutes) {
      if (!toolsIn(blocks).includes(tool) || await hasTool(tool)) continue;
      screen.remark(`This machine has no ${tool}. Instead: ${this.#local(instead)}.`, "bad");
    }
  }

  #showPorts(): void {
    for (const [port, other] of this.#ports) {
      if (port === other || !isUsed(port, this.lesson.blocks)) continue;
      const text = `Port ${port} is in use on this machine: here it is port ${other}.`;
      this.#screen.remark(text, "bad");
    }
  }

  /**
   * Whether the learner has to confirm before terminal 1 does something: it changes what the step before
   * has shown.
   */
  #isToConfirm({ action: { does } }: Step): boolean {
    const { index, steps } = this.#run;
    const before = index > this.#from ? steps[index - 1]!.action.does : undefined;
    return (does === "run" || does === "stop") && (before === "watch" || before === "run");
  }

  async #act({ action, text }: Step, terminal: TerminalOne): Promise<void> {
    const screen = this.#screen;
    const { dialogue } = this.context;
    switch (action.does) {
      case "run":
        return await this.#start(action.command, terminal);
      case "stop":
        screen.print("", `  ${screen.style.faint("1 $")} ${screen.style.code("Ctrl+C")}`);
        return await terminal.stop();
      case "watch":
        return await this.#watch(action.conditions, text);
      case "look":
        return await dialogue.untilEnter(
          this.#at("Look at it"),
          "Enter: continue · h: help · q: leave",
          (key) => this.#assist(key, text),
        );
      case "ask":
        return await this.#ask(this.lesson.question);
    }
  }

  /** Runs a command of terminal 1, with other ports if its own was taken since the lesson began. */
  async #start(command: string, terminal: TerminalOne): Promise<void> {
    const { style } = this.#screen;
    const { dialogue, choosePorts } = this.context;
    for (let attempt = 1;; attempt++) {
      this.#screen.print("", `  ${style.faint("1 $")} ${style.code(this.#local(command))}`);
      try {
        const running = terminal.run(command, this.#ports, isTraced(this.lesson));
        return await dialogue.during(running, this.#at("It runs"));
      } catch (error) {
        if (!(error instanceof PortInUseError) || attempt === MAX_ATTEMPTS) throw error;
        this.#ports = await choosePorts();
        this.#showPorts();
      }
    }
  }

  async #watch(conditions: readonly Condition[], text: readonly Block[]): Promise<void> {
    const screen = this.#screen;
    const waiting = this.#at(`Waiting until ${wanted(conditions)}`);
    let isFulfilled = this.#run.isFulfilled();
    screen.print("");
    while (!isFulfilled) {
      screen.status(waiting, WAITING_KEYS);
      const next = await this.context.dialogue.next();
      if (next === "skip") break;
      isFulfilled = next === "fulfilled";
      if (next !== "fulfilled" && next !== "near" && next !== "nothing") this.#assist(next, text);
    }
    screen.status("");
    screen.print(
      isFulfilled
        ? `  ${screen.style.good(`✓ ${conditions.map(describeFulfilled).join(" ")}`)}`
        : `  ${screen.style.faint("Skipped.")}`,
    );
  }

  #observe(event: LessonEvent): Observation {
    if (this.#run.step === undefined) return "nothing";
    const observation = this.#run.observe(event);
    const { action } = this.#run.step;
    const isNear = observation === "near" && action.does === "watch";
    if (isNear && ++this.#otherTexts <= MAX_OTHER_TEXTS) {
      this.#screen.print(
        `  ${this.#screen.style.bad(`"${cleanLine(event.text ?? "")}" is something else.`)} ` +
          `Still waiting until ${wanted(action.conditions)}.`,
      );
    }
    return observation;
  }

  /** What the keys h and r do. */
  #assist(key: Key, text: readonly Block[]): void {
    if (key === "repeat") return this.#show(text);
    if (key !== "help") return;
    const { action } = this.#run.step!;
    if (action.does === "watch") {
      this.#screen.remark(`It waits until ${wanted(action.conditions)}.`);
    }
    this.#screen.remark(
      "This is terminal 1. Type what is shown for another terminal there: open one beside this, in " +
        "the same folder. The lesson notices it by what arrives at its server. s skips a step that " +
        "does not work on your machine, r repeats its text.",
    );
    const tools = toolsIn(text);
    for (const { tool, instead } of this.context.substitutes) {
      if (tools.includes(tool)) this.#screen.remark(`Without ${tool}: ${this.#local(instead)}.`);
    }
  }

  async #ask({ text, choices, right, explanation }: Question): Promise<void> {
    const screen = this.#screen;
    const attempts = new Attempts(this.lesson.question);
    screen.remark(`**Question.** ${this.#local(text)}`);
    screen.print("");
    for (const choice of choices) {
      screen.print(...wrap(this.#local(choice.text), screen.layout, `${choice.letter}. `));
    }
    const letters = choices.map(({ letter }) => letter.toLowerCase()).join(", ");
    screen.status(this.#at(`Your answer: ${letters}`), "x: show it · h: help · q: leave");
    for (let isOpen = true; isOpen;) {
      const key = await this.context.dialogue.key();
      if (key === "explain" || key === "skip") {
        screen.print(`  The answer is ${right}.`);
        isOpen = false;
      } else if (key === "help") {
        screen.remark(
          `Press the letter of an answer: ${letters}. x shows the right one and explains it.`,
        );
      } else if (typeof key === "object") {
        const result = attempts.choose(key.letter);
        if (result === "wrong") {
          screen.print(`  ${screen.style.bad(`✗ ${key.letter} is not right.`)} Choose again.`);
        } else if (result === "right") {
          screen.print(`  ${screen.style.good(`✓ ${right} is right.`)}`);
          this.handlers.answered(attempts.count);
          isOpen = false;
        }
      }
    }
    screen.status("");
    this.#show(explanation);
  }

  #show(blocks: readonly Block[]): void {
    this.#screen.print(
      ...layOut(blocks.map((block) => this.#localBlock(block)), this.#screen.layout),
    );
  }

  #localBlock(block: Block): Block {
    switch (block.kind) {
      case "paragraph":
        return { ...block, text: this.#local(block.text) };
      case "step":
      case "drawing":
        return { ...block, lines: block.lines.map((line) => this.#local(line)) };
      default:
        return block;
    }
  }

  #local(text: string): string {
    return localized(text, this.#ports, this.context.program);
  }
}

function wanted(conditions: readonly Condition[]): string {
  return conditions.map(describeCondition).join(", ");
}

/** Whether a port of the lessons is in the commands of a lesson; 8080 is the default of the servers. */
function isUsed(port: number, blocks: readonly Block[]): boolean {
  const commands = blocks.flatMap((block) => block.kind === "step" ? block.lines : []).join("\n");
  return commands.includes(String(port));
}

/** Whether a step of the lesson waits for a text that a client sends. */
function isTraced({ blocks }: Lesson): boolean {
  return blocks.some((block) =>
    block.kind === "step" && block.until.some(({ kind }) => kind === "sends")
  );
}
