import { Command, Option } from "@commander-js/extra-typings";
import { DEFAULTS, RESTART_METRICS, restartReport, runScenario } from "../bench/mod.ts";
import { QUESTIONS } from "./bench_help.ts";
import { checkDescriptors } from "./bench_run.ts";
import { showTrial, TRIAL_OPTIONS } from "./bench_trial.ts";
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
    .addOption(TRIAL_OPTIONS.profile())
    .addOption(TRIAL_OPTIONS.timeout())
    .addOption(TRIAL_OPTIONS.json())
    .addOption(TRIAL_OPTIONS.liveJson())
    .addOption(TRIAL_OPTIONS.html())
    .addOption(TRIAL_OPTIONS.assert(RESTART_METRICS))
    .addOption(TRIAL_OPTIONS.noProgress())
    .action(async (options, self) => {
      const { connections, rate, profile } = options;
      const senders = sendersAmong(self, connections);
      checkDescriptors(connections);
      await interruptible(async (signal) => {
        let own = await startOwnServer(2 * connections, signal);
        const { host, port } = own;
        const seconds = options.duration / 1000;
        try {
          await showTrial({
            ...{ signal, given: options, report: restartReport },
            header: `Running restart @ ${hostPort({ host, port })}\n` +
              `${counted(connections, "connection")}, ` +
              `${senders === 1 ? "1 sends" : `${senders} send`} ${rate} messages/s; ` +
              `after ${seconds}s the server is killed, for ` +
              `${options.down / 1000}s, profile ${profile}\n`,
            run: (observers) =>
              runScenario(
                "restart",
                {
                  ...{ target: { host, port }, profile, connections, senders },
                  ...{ messagesPerSecond: rate, payloadBytes: options.payload },
                  ...{ downSeconds: options.down / 1000, retrySeconds: options.retry / 1000 },
                  durationSeconds: options.duration / 1000,
                  timeoutSeconds: options.timeout / 1000,
                },
                {
                  ...observers,
                  services: {
                    kill: () => own.stop("SIGKILL"),
                    start: async () => {
                      // It is the run that ends then, and has the server stopped.
                      own = await startOwnServer(2 * connections, NEVER, port);
                    },
                  },
                },
              ),
          });
        } finally {
          await own.stop();
        }
      });
    });
}
