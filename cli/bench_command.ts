import { type Argument, type Command, Help } from "./options/commander.ts";
import { CliError, EXIT } from "./exit.ts";
import { BENCH, BENCH_REPORT } from "./options/bench.ts";
import { BENCH_SCENARIOS } from "./options/bench_scenarios.ts";
import { commandOf, define, MIN_WIDTH_TO_WRAP } from "./options/command_line.ts";

/** Defines `hubbub bench` with its subcommands: scenarios, and `report`. */
export function defineBench(command: Command): Command {
  const bench = define(command, BENCH, async () => (await import("./bench.ts")).bench)
    .helpCommand(false)
    .hook("preSubcommand", (bench, scenario) => {
      const early = bench.options.find((option) =>
        bench.getOptionValueSource(option.attributeName()) === "cli"
      );
      if (early === undefined) return;
      throw new CliError(
        `Give ${early.long} after the name of the scenario: bench ${scenario.name()} ${early.long} ...`,
        EXIT.usage,
      );
    });
  bench.createHelp = () => new BenchHelp();
  const load = () => import("./bench_scenarios.ts");
  const { connect, backlog, rounds, codec, churn, rooms, stall, restart } = BENCH_SCENARIOS;
  bench
    .addCommand(commandOf(connect, async () => (await load()).connect))
    .addCommand(commandOf(backlog, async () => (await load()).backlog))
    .addCommand(commandOf(rounds, async () => (await load()).rounds))
    .addCommand(commandOf(codec, async () => (await load()).codec))
    .addCommand(commandOf(churn, async () => (await load()).churn))
    .addCommand(commandOf(rooms, async () => (await load()).rooms))
    .addCommand(commandOf(stall, async () => (await load()).stall))
    .addCommand(commandOf(restart, async () => (await load()).restart))
    .addCommand(commandOf(BENCH_REPORT, async () => (await import("./bench_report.ts")).report));
  for (const scenario of bench.commands) {
    scenario.copyInheritedSettings(bench).allowExcessArguments(
      refusalOf(scenario.name()) !== undefined,
    );
  }
  return bench;
}

class BenchHelp extends Help {
  override minWidthToWrap = MIN_WIDTH_TO_WRAP;

  /** The description lists all scenarios: those with a subcommand are not listed again. */
  override formatItemList(heading: string, items: string[], helper: Help): string[] {
    return heading === "Commands:" ? [] : super.formatItemList(heading, items, helper);
  }

  /** The choices of the argument are only the scenarios without a subcommand. */
  override argumentDescription({ description }: Argument): string {
    return description;
  }
}

/** The error for a server that is given to a scenario that takes none; `undefined` for others. */
function refusalOf(scenario: string | undefined): string | undefined {
  return Object.values(BENCH_SCENARIOS).find(({ name }) => name === scenario)?.refusal;
}

/**
 * Moves the words behind `--` in a command line of `bench` into the option `--server-command`: commander
 * would read them as arguments.
 *
 * @throws {CliError} without a command.
 */
export function withServerCommand(parameters: readonly string[]): string[] {
  const end = parameters.indexOf("--");
  const isReport = parameters[1] === BENCH_REPORT.name;
  if (parameters[0] !== "bench" || isReport || end < 0) return [...parameters];
  const command = parameters.slice(end + 1);
  if (command[0] === undefined || command[0] === "") {
    throw new CliError("Give a command that starts the server after --.", EXIT.usage);
  }
  const refusal = refusalOf(parameters[1]);
  if (refusal !== undefined) throw new CliError(refusal, EXIT.usage);
  return [...parameters.slice(0, end), "--server-command", JSON.stringify(command)];
}
