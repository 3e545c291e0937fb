import { Command, CommanderError, InvalidArgumentError } from "@commander-js/extra-typings";
import config from "../deno.json" with { type: "json" };
import { accountCommand } from "./account.ts";
import { banCommand } from "./ban.ts";
import { benchCommand } from "./bench.ts";
import { chatCommand } from "./chat.ts";
import { checkCommand } from "./check.ts";
import { completionsCommand } from "./completions.ts";
import { echoCommand } from "./echo.ts";
import { CliError, EXIT } from "./exit.ts";
import {
  environmentNames,
  knownVariables,
  settleEnvironment,
  unknownVariableWarnings,
} from "./options/environment.ts";
import { refuseFreezing } from "./job_control.ts";
import { withServerCommand } from "./load_target.ts";
import { sendCommand } from "./send.ts";
import { serveCommand } from "./serve.ts";
import { SERVE_OPTIONS } from "./options/serve.ts";
import { tailCommand } from "./tail.ts";
import { say, tell } from "./standard_streams.ts";

/** The whole command line. */
export function program(): Command {
  const program = new Command("hubbub")
    .description("A whole chat, and the crowd to test it, in one file.")
    .version(config.version, "-V, --version")
    // A scenario of `bench` that is a command of its own has its own options: what follows its name.
    .enablePositionalOptions()
    .helpCommand("help [command...]", "display help for command")
    .exitOverride()
    // Help has no colours; asking whether it could needs leave to read a dozen variables.
    .configureOutput({
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      // It ends with a line end, as everything that is said.
      writeOut: (text) => say(text.replace(/\n$/, "")),
      writeErr: (text) => tell(text.replace(/\n$/, "")),
    })
    .showHelpAfterError("(--help lists the options)")
    .addCommand(serveCommand())
    .addCommand(accountCommand())
    .addCommand(banCommand())
    .addCommand(chatCommand())
    .addCommand(sendCommand())
    .addCommand(tailCommand())
    .addCommand(echoCommand())
    .addCommand(checkCommand())
    .addCommand(benchCommand())
    .addCommand(completionsCommand());
  for (const command of program.commands) {
    command.copyInheritedSettings(program);
    for (const scenario of command.commands) scenario.copyInheritedSettings(command);
  }
  return program;
}

/**
 * Runs the program and exits with its code.
 *
 * @param parameters the command line without the program's own name.
 */
export async function main(parameters: readonly string[] = Deno.args): Promise<never> {
  try {
    const line = program();
    refuseFreezing();
    const words = withServerCommand(parameters);
    await warnOfUnknownVariables(line);
    settleEnvironment(commandOf(line, words).options, SERVE_OPTIONS, words);
    await line.parseAsync(asked(line, words), { from: "user" });
    Deno.exit(EXIT.done);
  } catch (error) {
    Deno.exit(report(error));
  }
}

/** Warns of variables named `HUBBUB_...` that no command reads. */
async function warnOfUnknownVariables(line: Command): Promise<void> {
  // The process that started this server has the same environment, and has warned.
  if (Deno.env.get("HUBBUB_OWNER") !== undefined) return;
  const known = knownVariables(line.commands, [SERVE_OPTIONS]);
  for (const warning of unknownVariableWarnings(await environmentNames(), known)) tell(warning);
}

/** The command whose options count. */
function commandOf(command: Command, [name, ...others]: readonly string[]): Command {
  const found = command.commands.find((each) => each.name() === name);
  return found === undefined ? command : commandOf(found as Command, others);
}

/** Makes `help bench connect` the same as `bench connect --help`: commander's `help` reads one name
 * only, and prints the help of the program for an unknown one. */
function asked(line: Command, [first, ...names]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first !== "help" || names.length === 0) return [first, ...names];
  return commandOf(line, names) === line ? names : [...names, "--help"];
}

/** Tells the user what went wrong, and returns the exit code. */
function report(error: unknown): number {
  // Of a word that was read by the command itself: commander knows nothing of it yet.
  if (error instanceof InvalidArgumentError) {
    tell(error.message);
    return EXIT.usage;
  }
  // Commander has printed its own message; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (error instanceof CliError) {
    if (error.message !== "") tell(error.message);
    return error.exitCode;
  }
  tell("hubbub failed in a way that it should not. Please report this:");
  tell(Deno.inspect(error));
  return EXIT.failed;
}
