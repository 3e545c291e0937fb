import { Command, CommanderError, InvalidArgumentError } from "./options/commander.ts";
import config from "../deno.json" with { type: "json" };
import { benchCommand, refusalOf, withServerCommand } from "./bench_command.ts";
import { CliError, EXIT } from "./exit.ts";
import { runtime } from "./runtime/mod.ts";
import { ignoreEarlyHangup } from "./hangup.ts";
import { refuseFreezing } from "./signals.ts";
import { ACCOUNT, BAN } from "./options/administration.ts";
import { CHAT, CHECK, SEND, TAIL } from "./options/clients.ts";
import { commandOf, MIN_WIDTH_TO_WRAP, plainError } from "./options/command_line.ts";
import { COMPLETIONS } from "./options/completions.ts";
import { ECHO } from "./options/echo.ts";
import { LEARN } from "./options/learn.ts";
import {
  environmentNames,
  knownVariables,
  OWNER_VARIABLE,
  unknownVariableWarnings,
} from "./options/environment.ts";
import { SERVE } from "./options/serve.ts";
import { VERSION } from "./options/version.ts";
import { print, warn } from "./standard_streams.ts";

/** The whole command line. The code of a subcommand is loaded when it runs. */
export function program(): Command {
  const program = new Command("hubbub")
    .description("A chat server, its clients and a load tester in one program.")
    .version(config.version, "-V, --version")
    // The scenarios of `bench` have options of their own, after their names.
    .enablePositionalOptions()
    .helpCommand("help [command...]", "display help for command")
    .exitOverride()
    // Detecting whether the terminal has colours would need permission for a dozen variables.
    .configureOutput({
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      // Printing adds a line end.
      writeOut: (text) => print(text.replace(/\n$/, "")),
      writeErr: (text) => warn(text.replace(/\n$/, "")),
      outputError: (text, write) => write(plainError(text)),
    })
    .configureHelp({ minWidthToWrap: MIN_WIDTH_TO_WRAP })
    .showHelpAfterError("(--help lists the options)")
    .hook("preAction", async () => {
      runtime.raiseOpenFileLimit();
      await warnOfUnknownVariables();
    })
    .addCommand(commandOf(SERVE, async () => (await import("./serve.ts")).serve))
    .addCommand(accountCommand())
    .addCommand(banCommand())
    .addCommand(commandOf(CHAT, async () => (await import("./chat.ts")).chat))
    .addCommand(commandOf(SEND, async () => (await import("./send.ts")).send))
    .addCommand(commandOf(TAIL, async () => (await import("./tail.ts")).tail))
    .addCommand(commandOf(ECHO, async () => (await import("./echo.ts")).echo))
    .addCommand(commandOf(CHECK, async () => (await import("./check.ts")).check))
    .addCommand(benchCommand())
    .addCommand(commandOf(LEARN, async () => (await import("./learn.ts")).learn));
  program.addCommand(commandOf(VERSION, async () => (await import("./version.ts")).version));
  program.addCommand(commandOf(COMPLETIONS, async () => {
    const { printCompletions } = await import("./completions.ts");
    return (_, [shell = ""]) => printCompletions(program, shell);
  }));
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    for (const scenario of command.commands) {
      scenario.copyInheritedSettings(command)
        .allowExcessArguments(refusalOf(scenario.name()) !== undefined);
    }
  }
  // The help of each has its arguments.
  return program.configureHelp({
    minWidthToWrap: MIN_WIDTH_TO_WRAP,
    subcommandTerm: (command) => command.name(),
  });
}

function accountCommand() {
  const { add, list, remove, password } = ACCOUNT.commands;
  const load = () => import("./administration.ts");
  return groupOf(ACCOUNT)
    .addCommand(commandOf(add, async () => (await load()).addAccount))
    .addCommand(commandOf(list, async () => (await load()).listAccounts))
    .addCommand(commandOf(remove, async () => (await load()).removeAccount))
    .addCommand(commandOf(password, async () => (await load()).changePassword));
}

function banCommand() {
  const { list, remove } = BAN.commands;
  const load = () => import("./administration.ts");
  return groupOf(BAN)
    .addCommand(commandOf(list, async () => (await load()).listBans))
    .addCommand(commandOf(remove, async () => (await load()).removeBan));
}

function groupOf(
  { name, summary, description }: Readonly<Record<"name" | "summary" | "description", string>>,
): Command {
  return new Command(name).summary(summary).helpCommand(false).description(description);
}

/**
 * Runs the program and exits with its code.
 *
 * @param parameters the command line without the program's own name.
 */
export async function main(parameters: readonly string[] = runtime.args): Promise<never> {
  try {
    if (parameters[0] === SERVE.name) ignoreEarlyHangup();
    const line = program();
    refuseFreezing();
    // The runtime would end without the event `exit`, with which the servers end that were started.
    process.on("uncaughtException", (error) => process.exit(report(error)));
    const words = withServerCommand(parameters);
    await line.parseAsync(withHelp(line, words), { from: "user" });
    runtime.exit(EXIT.done);
  } catch (error) {
    runtime.exit(await report(error));
  }
}

/** Warns of variables named `HUBBUB_...` that no command reads. */
async function warnOfUnknownVariables(): Promise<void> {
  // The process that started this server has the same environment, and has warned.
  if (runtime.variable(OWNER_VARIABLE) !== undefined) return;
  const warnings = unknownVariableWarnings(await environmentNames(), knownVariables());
  for (const warning of warnings) warn(warning);
}

/** The innermost subcommand that the words name. */
function commandNamed(command: Command, [name, ...others]: readonly string[]): Command {
  const found = command.commands.find((each) => each.name() === name);
  return found === undefined ? command : commandNamed(found as Command, others);
}

/** Makes `help bench connect` the same as `bench connect --help`: commander's `help` reads one name
 * only, and prints the help of the program for an unknown one. */
function withHelp(line: Command, [first, ...names]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first !== "help" || names.length === 0) return [first, ...names];
  return commandNamed(line, names) === line ? names : [...names, "--help"];
}

/** Prints an error, and returns the exit code. */
async function report(error: unknown): Promise<number> {
  // Thrown by a subcommand, which reads some words itself.
  if (error instanceof InvalidArgumentError) {
    warn(error.message);
    return EXIT.usage;
  }
  // Commander has printed its own message; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError) {
    if (error.message !== "") warn(error.message);
    return error.exitCode;
  }
  warn("hubbub failed because of a programming error. Please report this:");
  const { inspect } = await import("node:util");
  warn(inspect(error));
  return EXIT.failed;
}

if (import.meta.main) await main();
