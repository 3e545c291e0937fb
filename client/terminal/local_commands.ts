import { FILE_COMMANDS } from "../files/file_commands.ts";
import type { ServerFrame } from "../../protocol/mod.ts";
import { mentionsOf } from "../core/mentions.ts";

/** The actions of local commands, which the server never receives. */
export interface LocalActions {
  readonly bell: BellMode;
  setBell(mode: BellMode): void;
  clear(): void;
  /** Turns to a room by its name or number. */
  turn(room: string): void;
  /** Runs a command for files. */
  files(line: string): void;
  notify(text: string): void;
  refuse(text: string): void;
}

interface LocalCommand {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly run: (actions: LocalActions, rest: string, line: string) => void;
}

/** The local commands, in the order of `/help`. */
const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    name: "/bell",
    usage: "/bell off|mentions|all",
    summary: "when the terminal rings",
    run: setBell,
  },
  {
    name: "/room",
    usage: "/room NAME",
    summary: "turns to another of your rooms, also by its number",
    run: (actions, rest) => {
      if (rest === "") actions.refuse("Missing argument. Usage: /room NAME");
      else actions.turn(rest);
    },
  },
  {
    name: "/clear",
    usage: "/clear",
    summary: "clears the screen",
    run: (actions) => actions.clear(),
  },
  ...FILE_COMMANDS.map((command) => ({
    ...command,
    run: (actions: LocalActions, _rest: string, line: string) => actions.files(line),
  })),
];

/** Their names, for completion. */
export const LOCAL_NAMES: readonly string[] = LOCAL_COMMANDS.map(({ name }) => name);

const KEYS = [
  "  Alt+1 to Alt+9 turn to the rooms by their numbers.",
  "  Tab completes commands, names, rooms and paths.",
];

/** The part of `/help` for local commands. */
export const LOCAL_HELP: string = helpText();

/** Runs a local command. @returns false for any other line. */
export function runLocally(line: string, actions: LocalActions): boolean {
  const [, typed = "", rest = ""] = /^(\/\S+)\s*(.*?)\s*$/s.exec(line) ?? [];
  const command = LOCAL_COMMANDS.find(({ name }) => name === typed.toLowerCase());
  command?.run(actions, rest, line);
  return command !== undefined;
}

function setBell(actions: LocalActions, rest: string): void {
  const wanted = rest.toLowerCase();
  const mode = BELL_MODES.find((mode) => mode === wanted);
  if (mode !== undefined) actions.setBell(mode);
  else if (rest !== "") return actions.refuse("Use /bell off, /bell mentions or /bell all.");
  actions.notify(BELL_TEXTS[mode ?? actions.bell]);
}

const BELL_TEXTS: Record<BellMode, string> = {
  off: "The bell is off.",
  mentions: "The bell rings when you are mentioned, and for whispers.",
  all: "The bell rings for every message.",
};

function helpText(): string {
  const width = Math.max(...LOCAL_COMMANDS.map(({ usage }) => usage.length));
  const rows = LOCAL_COMMANDS.map(({ usage, summary }) => `  ${usage.padEnd(width)}  ${summary}`);
  return ["In this terminal:", ...rows, ...KEYS].join("\n");
}

/** The events that ring the terminal's bell. */
export const BELL_MODES = ["off", "mentions", "all"] as const;

export type BellMode = (typeof BELL_MODES)[number];

/** Whether a message of another user rings: a whisper counts as a mention. */
export function rings(mode: BellMode, frame: ServerFrame, self: string): boolean {
  if (mode === "off" || (frame.type !== "message" && frame.type !== "whisper")) return false;
  if (frame.from === self) return false;
  return mode === "all" || frame.type === "whisper" || mentionsOf(frame.text, self).length > 0;
}
