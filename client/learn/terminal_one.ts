/**
 * The commands of terminal 1, which the program runs itself.
 *
 * @module
 */

/** A server of this program, or one of its other commands. */
export interface OwnCommand {
  readonly type: "own";
  readonly isServer: boolean;
  /** Its parameters; {@link TEMPORARY_FOLDER} in place of a folder of its own. */
  readonly parameters: readonly string[];
}

/** `nc -l`: prints what arrives. */
export interface Listen {
  readonly type: "listen";
  readonly protocol: "tcp" | "udp";
  readonly port: number;
}

/** A command of terminal 1. */
export type TerminalOneCommand = OwnCommand | Listen;

/** How the lessons write a new, empty folder. */
export const TEMPORARY_FOLDER = "$(mktemp -d)";

/** How the lessons write the command that runs this program. */
export const LESSON_PROGRAM = "deno task hubbub";

/** The ports of the lessons; the first one is the default of the servers. */
export const LESSON_PORTS = [8080, 8081, 9999] as const;

const LESSON_PORT = new RegExp(`\\b(?:${LESSON_PORTS.join("|")})\\b`, "g");

const SERVERS: readonly string[] = ["echo", "serve"];

/** Commands that end by themselves. */
const TOOLS: readonly string[] = ["bench", "check"];

/**
 * Reads a command of terminal 1.
 *
 * @throws {SyntaxError} for a command that the program cannot run.
 */
export function readTerminalOne(command: string): TerminalOneCommand {
  const [, udp, port] = /^nc (-u )?-l 127\.0\.0\.1 (\d+)$/.exec(command) ?? [];
  if (port !== undefined) {
    return { type: "listen", protocol: udp === undefined ? "tcp" : "udp", port: Number(port) };
  }
  const parameters = command.startsWith(`${LESSON_PROGRAM} `)
    ? words(command.slice(LESSON_PROGRAM.length))
    : [];
  const [name = ""] = parameters;
  if (!SERVERS.includes(name) && !TOOLS.includes(name)) {
    throw new SyntaxError(`terminal 1 cannot run "${command}"`);
  }
  return { type: "own", isServer: SERVERS.includes(name), parameters };
}

/** Splits a command line at its blanks; single and double quotes hold words together. */
function words(line: string): string[] {
  return Array.from(
    line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, single, double, bare]) => single ?? double ?? bare!,
  );
}

/** The parameters of a server of the lessons, with its port in them. */
export function withPort({ parameters }: OwnCommand, ports: ReadonlyMap<number, number>): string[] {
  const [name = "", ...others] = parameters;
  const at = others.indexOf("--port");
  const port = at < 0 ? LESSON_PORTS[0] : Number(others[at + 1]);
  const rest = at < 0 ? others : [...others.slice(0, at), ...others.slice(at + 2)];
  return [name, "--port", String(ports.get(port) ?? port), ...rest];
}

/**
 * A text of a lesson with the ports and the program's name of this machine. A server's command without a
 * port gets one if the default port is replaced.
 *
 * @param program the command that runs this program.
 */
export function localized(
  text: string,
  ports: ReadonlyMap<number, number>,
  program: string,
): string {
  const [usual] = LESSON_PORTS;
  const port = ports.get(usual) ?? usual;
  let local = text.replace(
    /^deno task hubbub (echo|serve)(?!.*(?:--port| \d+\.))(.*)$/gm,
    (line: string, name: string, rest: string) =>
      port === usual ? line : `${LESSON_PROGRAM} ${name} --port ${usual}${rest}`,
  );
  local = local.replace(
    LESSON_PORT,
    (text) => String(ports.get(Number(text)) ?? text),
  );
  return local.replaceAll(LESSON_PROGRAM, program);
}
