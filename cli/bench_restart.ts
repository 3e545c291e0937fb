import { Command, Option } from "@commander-js/extra-typings";
import {
  checkScenario,
  DEFAULTS,
  RESTART_METRICS,
  restartReport,
  runScenario,
} from "../bench/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { checkDescriptors } from "./bench_run.ts";
import { refusing, TO_BE_STARTED } from "./bench_traffic.ts";
import { SCENARIO_OPTIONS, showScenario } from "./bench_trial.ts";
import { count, perSecond, sendersAmong } from "./bench_values.ts";
import { startOwnServer } from "./own_server.ts";
import { interruptible } from "./signals.ts";
import { duration } from "./options/values.ts";
import { counted, hostPort } from "../protocol/mod.ts";

/** Ends nothing. */
const NEVER = new AbortController().signal;

/** `hubbub bench restart`. */
export function benchRestartCommand() {
  return new Command("restart")
    .summary("the server is killed and started again: who is back when, what was lost?")
    .description(
      `${QUESTIONS.restart} ` +
        "It starts a server of its own, kills it while some talk, and starts another " +
        "one at the same port. Every member tries to come back from the moment when its " +
        "connection breaks. When all are back they talk again, and nothing of that may be lost.",
    )
    .addOption(
      new Option("-c, --connections <number>", "members")
        .argParser(count(2, 1_000_000)).default(64).env("HUBBUB_CONNECTIONS"),
    )
    .addOption(
      new Option("-s, --senders <number>", "how many of them send")
        .argParser(count(1, 10_000)).default(4).env("HUBBUB_SENDERS"),
    )
    .addOption(
      new Option("-R, --rate <number/s>", "messages a second, of all senders together")
        .argParser(perSecond(100_000)).default(500, "500/s").env("HUBBUB_MESSAGE_RATE"),
    )
    .addOption(
      new Option("--down <time>", "how long there is no server, besides the time it takes to start")
        .argParser(duration(0, 600_000)).default(1000, "1s").env("HUBBUB_DOWN"),
    )
    .addOption(
      new Option("--retry <time>", "how long a member waits after an attempt that failed")
        .argParser(duration(10, 60_000)).default(100, "100ms").env("HUBBUB_RETRY"),
    )
    .addOption(
      new Option("-P, --payload <bytes>", "length of a message's text")
        .argParser(count(16, 4096)).default(DEFAULTS.payloadBytes).env("HUBBUB_PAYLOAD"),
    )
    .addOption(
      new Option("-d, --duration <time>", "how long they talk before, and again afterwards")
        .argParser(duration(100, 86_400_000)).default(3000, "3s").env("HUBBUB_DURATION"),
    )
    .addOption(SCENARIO_OPTIONS.profile())
    .addOption(SCENARIO_OPTIONS.workers())
    .addOption(SCENARIO_OPTIONS.timeout())
    .addOption(SCENARIO_OPTIONS.json())
    .addOption(SCENARIO_OPTIONS.liveJson())
    .addOption(SCENARIO_OPTIONS.html())
    .addOption(SCENARIO_OPTIONS.assert(RESTART_METRICS))
    .addOption(SCENARIO_OPTIONS.repeat())
    .addOption(SCENARIO_OPTIONS.baseline())
    .addOption(SCENARIO_OPTIONS.noProgress())
    .action(async (given, self) => {
      const { connections, rate, profile, workers } = given;
      const senders = sendersAmong(self, connections);
      const seconds = given.duration / 1000;
      const load = {
        ...{ profile, connections, senders, workers, messagesPerSecond: rate },
        ...{ payloadBytes: given.payload, durationSeconds: seconds },
        ...{ downSeconds: given.down / 1000, retrySeconds: given.retry / 1000 },
        timeoutSeconds: given.timeout / 1000,
      };
      refusing(() => checkScenario("restart", { ...load, target: TO_BE_STARTED }));
      checkDescriptors(connections);
      await interruptible(async (signal) => {
        let own = await startOwnServer(2 * connections, signal);
        const { host, port } = own;
        const services = {
          kill: () => own.stop("SIGKILL"),
          start: async () => {
            // It is the run that ends then, and has the server stopped.
            own = await startOwnServer(2 * connections, NEVER, port);
          },
        };
        const options = { ...load, target: { host, port } };
        try {
          await showScenario({
            ...{ name: "restart", signal, given, options, report: restartReport } as const,
            header: `Running restart @ ${hostPort({ host, port })}\n` +
              `${counted(connections, "connection")}, ` +
              `${senders === 1 ? "1 sends" : `${senders} send`} ${rate} messages/s; ` +
              `after ${seconds}s the server is killed, for ` +
              `${given.down / 1000}s, profile ${profile}\n`,
            run: (observers) => runScenario("restart", options, { ...observers, services }),
          });
        } finally {
          await own.stop();
        }
      });
    });
}
