import config from "../deno.json" with { type: "json" };
import { CliError, EXIT } from "./exit.ts";
import { runtime } from "./runtime/mod.ts";
import { ignoreEarlyHangup } from "./hangup.ts";
import { refuseFreezing } from "./signals.ts";
import { Command, CommanderError, InvalidArgumentError } from "./options/commander.ts";
import { define, MIN_WIDTH_TO_WRAP, plainError } from "./options/command_line.ts";
import { type CommandName, SUMMARIES } from "./options/summaries.ts";
import { environmentNames, OWNER_VARIABLE } from "./options/variable_names.ts";
import { print, warn } from "./standard_streams.ts";

/** Load the definition of a subcommand, and give it to the command. The code that runs it is loaded when
 * it runs. */
const DEFINITIONS: Readonly<Record<CommandName, (command: Command) => Promise<unknown>>> = {
  async serve(command) {
    const { SERVE } = await import("./options/serve.ts");
    define(command, SERVE, async () => (await import("./serve.ts")).serve);
  },
  account: async (command) => (await import("./administration_commands.ts")).defineAccount(command),
  token: async (command) => (await import("./administration_commands.ts")).defineToken(command),
  ban: async (command) => (await import("./administration_commands.ts")).defineBan(command),
  async chat(command) {
    const { CHAT } = await import("./options/clients.ts");
    define(command, CHAT, async () => (await import("./chat.ts")).chat);
  },
  async send(command) {
    const { SEND } = await import("./options/clients.ts");
    define(command, SEND, async () => (await import("./send.ts")).send);
  },
  async tail(command) {
    const { TAIL } = await import("./options/clients.ts");
    define(command, TAIL, async () => (await import("./tail.ts")).tail);
  },
  async echo(command) {
    const { ECHO } = await import("./options/echo.ts");
    define(command, ECHO, async () => (await import("./echo.ts")).echo);
  },
  async check(command) {
    const { CHECK } = await import("./options/clients.ts");
    define(command, CHECK, async () => (await import("./check.ts")).check);
  },
  bench: async (command) => (await import("./bench_command.ts")).defineBench(command),
  async learn(command) {
    const { LEARN } = await import("./options/learn.ts");
    define(command, LEARN, async () => (await import("./learn.ts")).learn);
  },
  async version(command) {
    const { VERSION } = await import("./options/version.ts");
    define(command, VERSION, async () => (await import("./version.ts")).version);
  },
  async completions(command) {
    const { COMPLETIONS } = await import("./options/completions.ts");
    define(command, COMPLETIONS, async () => {
      const { printCompletions } = await import("./completions.ts");
      const all = await program();
      return (_, [shell = ""]) => printCompletions(all, shell);
    });
  },
};

/** The whole command line. */
export async function program(): Promise<Command> {
  const program = commandLine();
  for (const command of program.commands) await complete(command as Command);
  return program;
}

/** The command line with the names of the subcommands. Each is defined when it is used. */
function commandLine(): Command {
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
      getOutHelpWidth: () => helpWidth(1),
      getErrHelpWidth: () => helpWidth(2),
      // Printing adds a line end.
      writeOut: (text) => print(text.replace(/\n$/, "")),
      writeErr: (text) => warn(text.replace(/\n$/, "")),
      outputError: (text, write) => write(plainError(text)),
    })
    .configureHelp({ minWidthToWrap: MIN_WIDTH_TO_WRAP })
    .showHelpAfterError("(--help lists the options)")
    .hook("preSubcommand", (_, command) => complete(command as Command))
    .hook("preAction", async () => {
      runtime.raiseOpenFileLimit();
      await warnOfUnknownVariables();
    });
  for (const [name, summary] of Object.entries(SUMMARIES)) {
    program.addCommand(new Command(name).summary(summary).copyInheritedSettings(program));
  }
  // The help of each has its arguments.
  return program.configureHelp({
    minWidthToWrap: MIN_WIDTH_TO_WRAP,
    subcommandTerm: (command) => command.name(),
  });
}

/** The width of the help elsewhere than on a terminal. */
const WIDTH = 80;

function helpWidth(descriptor: 1 | 2): number {
  return runtime.isTerminal(descriptor) && runtime.columns() || WIDTH;
}

/** Defines a subcommand. */
async function complete(command: Command): Promise<void> {
  await DEFINITIONS[command.name() as CommandName](command);
}

/**
 * Runs the program and exits with its code.
 *
 * @param parameters the command line without the program's own name.
 */
export async function main(parameters: readonly string[] = runtime.args): Promise<never> {
  try {
    if (parameters[0] === "serve") ignoreEarlyHangup();
    const line = commandLine();
    refuseFreezing();
    // The runtime would end without the functions that end the servers that were started.
    runtime.onUncaughtError((error) => runtime.exit(report(error)));
    const words = parameters[0] === "bench"
      ? (await import("./bench_command.ts")).withServerCommand(parameters)
      : parameters;
    await line.parseAsync(withHelp(words), { from: "user" });
    runtime.exit(EXIT.done);
  } catch (error) {
    runtime.exit(report(error));
  }
}

/** Warns of variables named `HUBBUB_...` that no command reads. */
async function warnOfUnknownVariables(): Promise<void> {
  // The process that started this server has the same environment, and has warned.
  if (runtime.variable(OWNER_VARIABLE) !== undefined) return;
  const names = await environmentNames();
  if (names.length === 0) return;
  const { knownVariables, unknownVariableWarnings } = await import("./options/environment.ts");
  for (const warning of unknownVariableWarnings(names, knownVariables())) warn(warning);
}

/** Makes `help bench connect` the same as `bench connect --help`: commander's `help` reads one name
 * only, and prints the help of the program for an unknown one. */
function withHelp([first, ...names]: readonly string[]): string[] {
  if (first === undefined) return [];
  if (first !== "help" || names.length === 0) return [first, ...names];
  return Object.hasOwn(SUMMARIES, names[0]!) ? [...names, "--help"] : names;
}

/** Prints an error, and returns the exit code. */
function report(error: unknown): number {
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
  warn(runtime.inspect(error));
  return EXIT.failed;
}

if (import.meta.main) await main();
