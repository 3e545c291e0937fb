import { Argument, Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import {
  DEFAULTS,
  type LineTemplates,
  PROFILES,
  type Ramp,
  RATES,
  SCENARIO_NAMES,
} from "../bench/mod.ts";
import { benchBacklogCommand } from "./bench_backlog.ts";
import { benchConnectCommand } from "./bench_connect.ts";
import { exitWith } from "./bench_run.ts";
import { benchTraffic } from "./bench_traffic.ts";
import { CliError, EXIT } from "./exit.ts";
import { address, duration, integer, unescaped } from "./values.ts";

/** `hubbub bench`: the load tester. */
export function benchCommand() {
  return new Command("bench")
    .addCommand(benchConnectCommand())
    .addCommand(benchBacklogCommand())
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
    })
    .summary("load-test a chat server")
    .description(
      "Fills a chat server with clients, lets some of them talk, and checks that every message " +
        "arrives once and in order. Without a target it starts a server of its own.",
    )
    .addArgument(
      new Argument(
        "<scenario>",
        "what the crowd does: broadcast is N clients in a room, S of them talk; echo is N clients " +
          "who each want back what they say",
      )
        .choices(SCENARIO_NAMES),
    )
    .argument("[host[:port]]", "the server to load; default: one of its own")
    .argument("[port]", "the port, after a host")
    .optionsGroup("The crowd:")
    .addOption(
      new Option("-c, --connections <number>", "connections")
        .argParser(integer(1, 1_000_000)).default(DEFAULTS.connections)
        .env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("-s, --senders <number>", "how many of them send")
        .argParser(integer(1, 100_000))
        .default(undefined, `${DEFAULTS.senders}; all in echo`).env("HUBBUB_SENDERS"),
    )
    .addOption(
      new Option("-P, --payload <bytes>", "length of a message's text")
        .argParser(integer(1, 4096)).default(DEFAULTS.payloadBytes).env("HUBBUB_PAYLOAD"),
    )
    .addOption(
      new Option("--profile <name>", "how the server is spoken to")
        .choices(Object.keys(PROFILES) as (keyof typeof PROFILES)[])
        .default(undefined, `${DEFAULTS.profile}; echo in echo`).env("HUBBUB_PROFILE"),
    )
    .addOption(
      new Option("--login <text>", "profile line: what joins, such as '{name}\\n'")
        .env("HUBBUB_LOGIN"),
    )
    .addOption(
      new Option("--message <text>", "profile line: what says something, such as '{text}\\n'")
        .env("HUBBUB_MESSAGE"),
    )
    .addOption(
      new Option("--welcome <text>", "profile line: what tells that one has joined; '': nothing")
        .env("HUBBUB_WELCOME"),
    )
    .optionsGroup("The pace:")
    .addOption(
      new Option(
        "-R, --rate <number/s>",
        "messages a second of all senders together, sent when due, come what may",
      )
        .argParser(perSecond).default(undefined, "as fast as they come in")
        .env("HUBBUB_MESSAGE_RATE"),
    )
    .addOption(
      new Option("--ramp <from:to/s@time>", "a rate that rises or falls, such as 0:1000/s@30s")
        .argParser(ramp).conflicts("rate").env("HUBBUB_RAMP"),
    )
    .addOption(
      new Option(
        "-p, --pipelining <number>",
        "messages that a sender has in flight, without --rate",
      )
        .argParser(integer(1, 65_536)).default(DEFAULTS.pipelining).env("HUBBUB_PIPELINING"),
    )
    .optionsGroup("The run:")
    .addOption(
      new Option("-d, --duration <time>", "how long to send, such as 10s or 1m")
        .argParser(duration(100, 86_400_000))
        .default(undefined, `${DEFAULTS.durationSeconds}s; with --ramp its time`)
        .env("HUBBUB_DURATION"),
    )
    .addOption(
      new Option("-a, --amount <number>", "how many messages to send, instead of a duration")
        .argParser(integer(1, 1_000_000_000)).env("HUBBUB_AMOUNT"),
    )
    .addOption(
      new Option("-W, --warm-up <time>", "how long to send before, without counting it")
        .argParser(duration(100, 86_400_000)).default(undefined, "none").env("HUBBUB_WARM_UP"),
    )
    .addOption(
      new Option("--seed <number>", "choose names and payloads by this, the same ones every time")
        .argParser(integer(0, 2 ** 32 - 1)).default(undefined, "by chance").env("HUBBUB_SEED"),
    )
    .addOption(
      new Option("-t, --timeout <time>", "how long joining, or a delivery, may take")
        .argParser(duration(100, 3_600_000))
        .default(DEFAULTS.timeoutSeconds * 1000, `${DEFAULTS.timeoutSeconds}s`)
        .env("HUBBUB_TIMEOUT"),
    )
    .optionsGroup("The report:")
    .addOption(
      new Option("-j, --json", "print one JSON object on standard output, and nothing else")
        .env("HUBBUB_JSON"),
    )
    .addOption(
      new Option("--csv <file>", "write the run second by second, as comma-separated values")
        .env("HUBBUB_CSV"),
    )
    .addOption(
      new Option("--html <file>", "write a page with charts and tables, which needs nothing else")
        .env("HUBBUB_HTML"),
    )
    .addOption(
      new Option(
        "--pid <number>",
        "watch the memory, CPU, descriptors and accept queue of this process of the server " +
          "(Linux); a server that bench starts is watched anyway",
      ).argParser(integer(1, 4_194_304)).env("HUBBUB_PID"),
    )
    .addOption(
      new Option("--repeat <number>", "how often to run; the report has medians and their range")
        .argParser(integer(1, 100)).default(1).env("HUBBUB_REPEAT"),
    )
    .addOption(
      new Option(
        "--baseline <file>",
        "compare with what --json printed before; exit code 1 if it is worse beyond noise",
      ).env("HUBBUB_BASELINE"),
    )
    .addOption(
      new Option(
        "--versus <host:port>",
        "put the same load on another server too, in turns, and compare the two",
      ).conflicts("baseline").env("HUBBUB_VERSUS"),
    )
    .addOption(new Option("-n, --no-progress", "show no progress").env("HUBBUB_NO_PROGRESS"))
    .action(async (scenario, first, second, options) => {
      const { amount, json = false } = options;
      const measured = {
        scenario,
        ...(options.profile === undefined ? undefined : { profile: options.profile }),
        connections: options.connections,
        ...(options.senders === undefined ? undefined : { senders: options.senders }),
        pipelining: options.pipelining,
        payloadBytes: options.payload,
        ...(options.duration === undefined
          ? undefined
          : { durationSeconds: options.duration / 1000 }),
        ...(options.warmUp === undefined ? undefined : { warmUpSeconds: options.warmUp / 1000 }),
        ...(options.seed === undefined ? undefined : { seed: options.seed }),
        timeoutSeconds: options.timeout / 1000,
        ...(amount === undefined ? undefined : { amount }),
        ...paceOf(options),
        ...linesOf(options),
      };
      const target = first === undefined ? undefined : withPort(address(first, second));
      exitWith(
        await benchTraffic(measured, target, {
          json,
          progress: options.progress,
          files: { csv: options.csv, html: options.html },
          pid: options.pid,
          repeat: options.repeat,
          baseline: options.baseline,
          versus: options.versus === undefined
            ? undefined
            : withPort(address(options.versus, undefined)),
        }),
      );
    });
}

/** The address of a server, with what is left out filled in. */
function withPort(given: ReturnType<typeof address>): { host: string; port: number } {
  return { host: "127.0.0.1", port: 8080, ...given };
}

/** How many messages a second, if that is given. */
function paceOf({ rate, ramp }: { rate?: number | undefined; ramp?: Ramp | undefined }) {
  const pace = ramp ?? rate;
  return pace === undefined ? {} : { rate: pace };
}

/** Reads `0:1000/s@30s`. */
function ramp(value: string): Ramp {
  const [, from, to, time] = /^(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)(?:\/s)?@(.+)$/.exec(value) ?? [];
  if (time === undefined) {
    throw new InvalidArgumentError(
      "It must be two rates and the time between them, such as 0:1000/s@30s.",
    );
  }
  return { from: Number(from), to: Number(to), seconds: duration(100, 86_400_000)(time) / 1000 };
}

/** Reads `1000` or `1000/s`. */
function perSecond(value: string): number {
  const number = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(value)?.[1]);
  if (number >= RATES.least && number <= RATES.most) return number;
  throw new InvalidArgumentError(
    `It must be messages a second such as 1000/s, from ${RATES.least} to ${RATES.most}.`,
  );
}

/** The templates of the profile `line`, if any is given. */
function linesOf(
  { login, message, welcome }: { login?: string; message?: string; welcome?: string },
): { lines?: LineTemplates } {
  const given = Object.entries({ login, message, welcome }).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, unescaped(text)]]
  );
  return given.length === 0 ? {} : { lines: Object.fromEntries(given) };
}
