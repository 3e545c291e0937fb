import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { DEFAULTS, PROFILES, renderConnectReport, runConnect } from "../bench/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { checkDescriptors, exitWith, hasColours, printJson, runShown } from "./bench_run.ts";
import { EXIT } from "./exit.ts";
import { startOwnServer } from "./own_server.ts";
import { address, duration, integer, shownAddress } from "./values.ts";

/** `hubbub bench connect`. */
export function benchConnectCommand() {
  return new Command("connect")
    .summary("a storm of connections: how fast, and how many, come in")
    .description(
      `${QUESTIONS.connect} Connected (by TCP), ` +
        "greeted (the server has said something) and joined are counted apart, each with its " +
        "latency from the start of the connection. Without a target it starts a server of its own.",
    )
    .argument("[host[:port]]", "the server to load; default: one of its own")
    .argument("[port]", "the port, after a host")
    .addOption(
      new Option("-c, --connections <number>", "connections")
        .argParser(integer(1, 1_000_000)).default(DEFAULTS.connections).env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("--connect-rate <number/s>", "connections opened a second, such as 500/s")
        .argParser(connectRate).default(undefined, "all at once").env("HUBBUB_CONNECT_RATE"),
    )
    .addOption(
      new Option("--profile <name>", "how the server is spoken to")
        .choices(Object.keys(PROFILES) as (keyof typeof PROFILES)[])
        .default(DEFAULTS.profile).env("HUBBUB_PROFILE"),
    )
    .addOption(
      new Option("-t, --timeout <time>", "how long joining may take")
        .argParser(duration(100, 3_600_000))
        .default(DEFAULTS.timeoutSeconds * 1000, `${DEFAULTS.timeoutSeconds}s`)
        .env("HUBBUB_TIMEOUT"),
    )
    .addOption(
      new Option("-j, --json", "print one JSON object on standard output, and nothing else")
        .env("HUBBUB_JSON"),
    )
    .addOption(new Option("-n, --no-progress", "show no progress").env("HUBBUB_NO_PROGRESS"))
    .action(async (first, second, options) => {
      const { connections, profile, connectRate, json = false, progress } = options;
      checkDescriptors(connections);
      const own = first === undefined ? await startOwnServer(connections) : undefined;
      try {
        const { host, port } = own ?? { host: "127.0.0.1", port: 8080, ...address(first, second) };
        if (!json) {
          const pace = connectRate === undefined ? "all at once" : `${connectRate} a second`;
          console.log(`Running connect @ ${shownAddress(host, port)}`);
          console.log(`${connections} connections, ${pace}, profile ${profile}\n`);
        }
        const result = await runShown({ json, progress }, (observers) =>
          runConnect({
            ...{ target: { host, port }, profile, connections },
            ...{ timeoutSeconds: options.timeout / 1000 },
            ...(connectRate === undefined ? undefined : { connectRate }),
          }, observers));
        if (json) printJson(result, result.failures);
        else console.log(renderConnectReport(result, { colours: hasColours() }).trim());
        exitWith(
          result.interrupted
            ? EXIT.interrupted
            : result.joined === 0
            ? EXIT.network
            : result.failures.length > 0
            ? EXIT.failed
            : EXIT.done,
        );
      } finally {
        await own?.stop();
      }
    });
}

/** Reads `500` or `500/s`. */
function connectRate(value: string): number {
  const number = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(value)?.[1]);
  if (number > 0 && number <= 1_000_000) return number;
  throw new InvalidArgumentError(
    "It must be connections a second such as 500/s, over 0 and up to 1000000.",
  );
}
