/**
 * `hubbub bench` with the scenarios that are subcommands: from their options to a run.
 *
 * @module
 */

import {
  BACKLOG_METRICS,
  backlogReport,
  checkScenario,
  CHURN_METRICS,
  churnReport,
  CODEC_METRICS,
  codecReport,
  CONNECT_METRICS,
  connectReport,
  RESTART_METRICS,
  restartReport,
  ROOMS_METRICS,
  roomsReport,
  ROUNDS_METRICS,
  roundsReport,
  runBacklog,
  runScenario,
  STALL_METRICS,
  stallReport,
} from "../bench/mod.ts";
import { counted, hostPort } from "../protocol/mod.ts";
import { assertionsOf, sendersAmong } from "./bench_load.ts";
import { checkDescriptors } from "./bench_run.ts";
import { refusing, TO_BE_STARTED } from "./bench_traffic.ts";
import { showScenario, showServerScenario } from "./show_scenario.ts";
import { CliError, EXIT } from "./exit.ts";
import { idleListener } from "./listeners.ts";
import type { BENCH_SCENARIOS } from "./options/bench_scenarios.ts";
import type { Run } from "./options/command_line.ts";
import { startOwnServer } from "./own_server.ts";
import { readProcThroughCat } from "./proc_files.ts";
import { plainEndpoint } from "./server_target.ts";
import { interruptible } from "./signals.ts";

type Scenarios = typeof BENCH_SCENARIOS;
type RunOf<Name extends keyof Scenarios> = Run<Scenarios[Name]["options"]>;

const NEVER = new AbortController().signal;

export const rounds: RunOf<"rounds"> = async (settings, words) => {
  const { values } = settings;
  const { sizes, profile, workers } = values;
  if (sizes.length === 0) throw new CliError("Give --sizes such as 1,8,32.", EXIT.usage);
  await showServerScenario(settings, words, {
    ...{ name: "rounds", report: roundsReport } as const,
    given: { ...values, assert: assertionsOf(settings, ROUNDS_METRICS) },
    connections: Math.max(...sizes) + 1,
    load: `1 sender, ${sizes.join(", ")} receivers, profile ${profile}`,
    options: (target) => ({
      ...{ target, profile, sizes, workers, payloadBytes: values.payload },
      secondsPerSize: values.duration / 1000,
      timeoutSeconds: values.timeout / 1000,
    }),
  });
};

export const connect: RunOf<"connect"> = async (settings, words) => {
  const { values } = settings;
  const { connections, profile, connectRate, workers } = values;
  const pace = connectRate === undefined ? "all at once" : `${connectRate} per second`;
  await showServerScenario(settings, words, {
    ...{ name: "connect", report: connectReport } as const,
    given: { ...values, assert: assertionsOf(settings, CONNECT_METRICS) },
    connections,
    load: `${counted(connections, "connection")}, ${pace}, profile ${profile}`,
    options: (target) => ({
      ...{ target, profile, connections, workers, timeoutSeconds: values.timeout / 1000 },
      ...(connectRate === undefined ? undefined : { connectRate }),
    }),
  });
};

export const backlog: RunOf<"backlog"> = async (settings, words) => {
  const { values } = settings;
  const { backlog, connections, workers } = values;
  const target = plainEndpoint(settings, [words[0], words[1]]);
  // Accepted connections have their other end in this process, too.
  checkDescriptors(target === undefined ? 2 * connections : connections);
  const where = target === undefined
    ? `a listener of its own, backlog ${backlog}`
    : hostPort(target);
  const options = {
    ...(target === undefined ? undefined : { target }),
    ...{ backlog, connections, workers, holdSeconds: values.hold / 1000 },
    timeoutSeconds: values.timeout / 1000,
  };
  refusing(() => checkScenario("backlog", { target: TO_BE_STARTED, ...options }));
  const given = { ...values, assert: assertionsOf(settings, BACKLOG_METRICS) };
  await interruptible((signal) =>
    showScenario({
      ...{ name: "backlog", signal, given, options, report: backlogReport } as const,
      header: `Running backlog @ ${where}\n${counted(connections, "client")} at once\n`,
      run: (observers) =>
        runBacklog(options, {
          ...{ ...observers, readProc: readProcThroughCat, listen: idleListener },
        }),
    })
  );
};

export const churn: RunOf<"churn"> = async (settings, words) => {
  const { values } = settings;
  const { connections, churnRate, rate, profile, workers } = values;
  const senders = sendersAmong(settings, connections);
  // Each of the others stays, and may take a second to close.
  const others = Math.ceil(churnRate * (values.stay / 1000 + 1));
  await showServerScenario(settings, words, {
    ...{ name: "churn", report: churnReport } as const,
    given: { ...values, assert: assertionsOf(settings, CHURN_METRICS) },
    connections: connections + others,
    load: `${counted(connections, "connection")}, ${rate} messages/s, ${churnRate} joins/s, ` +
      `profile ${profile}`,
    options: (target) => ({
      ...{ target, profile, connections, senders, workers },
      ...{ messagesPerSecond: rate, churnPerSecond: churnRate },
      payloadBytes: values.payload,
      staySeconds: values.stay / 1000,
      durationSeconds: values.duration / 1000,
      timeoutSeconds: values.timeout / 1000,
    }),
  });
};

export const rooms: RunOf<"rooms"> = async (settings, words) => {
  const { values } = settings;
  const { connections, rooms, roomsPerClient, rate, workers } = values;
  if (rooms % roomsPerClient !== 0) {
    throw new CliError(
      `Cannot divide ${rooms} rooms into sets of ${roomsPerClient}. Give a multiple of ` +
        `--rooms-per-client as --rooms, such as ${
          Math.ceil(rooms / roomsPerClient) * roomsPerClient
        }.`,
      EXIT.usage,
    );
  }
  // A sender of its own for each room, and a receiver.
  const least = Math.max(2 * rooms / roomsPerClient, rooms);
  if (connections < least) {
    throw new CliError(
      `Cannot fill ${rooms} rooms with ${connections} connections: each room needs ` +
        `${roomsPerClient === 1 ? "two" : "a sender of its own"}. Give -c ${least} or more.`,
      EXIT.usage,
    );
  }
  await showServerScenario(settings, words, {
    ...{ name: "rooms", report: roomsReport } as const,
    given: { ...values, assert: assertionsOf(settings, ROOMS_METRICS) },
    connections,
    load: `${counted(connections, "connection")} in ${counted(rooms, "room")}` +
      `${roomsPerClient === 1 ? "" : `, ${roomsPerClient} each`}, ${rate} messages/s`,
    options: (target) => ({
      ...roomsPerClient === 1 ? undefined : { roomsPerClient },
      ...{ target, profile: "json", connections, rooms, workers, messagesPerSecond: rate },
      payloadBytes: values.payload,
      durationSeconds: values.duration / 1000,
      timeoutSeconds: values.timeout / 1000,
    }),
  });
};

export const stall: RunOf<"stall"> = async (settings, words) => {
  const { values } = settings;
  const { connections, stalled, rate, profile, workers } = values;
  if (connections - stalled < 2) {
    throw new CliError(
      `Cannot let ${stalled} of ${connections} connections stop reading: two must read on. Give ` +
        "more --connections.",
      EXIT.usage,
    );
  }
  const senders = sendersAmong(settings, connections - stalled);
  await showServerScenario(settings, words, {
    ...{ name: "stall", report: stallReport } as const,
    given: { ...values, assert: assertionsOf(settings, STALL_METRICS) },
    connections,
    load:
      `${counted(connections, "connection")}, ${counted(senders, "sender")}, ${rate} messages/s, ` +
      `${stalled} stop reading after ${values.duration / 1000}s, profile ${profile}`,
    options: (target) => ({
      ...{ target, profile, connections, stalled, senders, workers, messagesPerSecond: rate },
      payloadBytes: values.payload,
      durationSeconds: values.duration / 1000,
      timeoutSeconds: values.timeout / 1000,
    }),
  });
};

export const restart: RunOf<"restart"> = async (settings) => {
  const { values } = settings;
  const { connections, rate, profile, workers } = values;
  const senders = sendersAmong(settings, connections);
  const load = {
    ...{ profile, connections, senders, workers, messagesPerSecond: rate },
    ...{ payloadBytes: values.payload, durationSeconds: values.duration / 1000 },
    ...{ downSeconds: values.down / 1000, retrySeconds: values.retry / 1000 },
    timeoutSeconds: values.timeout / 1000,
  };
  refusing(() => checkScenario("restart", { ...load, target: TO_BE_STARTED }));
  const given = { ...values, assert: assertionsOf(settings, RESTART_METRICS) };
  checkDescriptors(connections);
  await interruptible(async (signal) => {
    let own = await startOwnServer(2 * connections, signal);
    const { host, port } = own;
    const services = {
      kill: () => own.stop("SIGKILL"),
      start: async () => {
        // A run that ends meanwhile stops the server.
        own = await startOwnServer(2 * connections, NEVER, port);
      },
    };
    const options = { ...load, target: { host, port } };
    try {
      await showScenario({
        ...{ name: "restart", signal, given, options, report: restartReport } as const,
        header: `Running restart @ ${hostPort({ host, port })}\n` +
          `${counted(connections, "connection")}, ${
            counted(senders, "sender")
          }, ${rate} messages/s; ` +
          `the server is killed after ${values.duration / 1000}s and down for ` +
          `${values.down / 1000}s, profile ${profile}\n`,
        run: (observers) => runScenario("restart", options, { ...observers, services }),
      });
    } finally {
      await own.stop();
    }
  });
};

export const codec: RunOf<"codec"> = async (settings) => {
  const { values } = settings;
  const options = {
    secondsPerTask: values.duration / 1000,
    payloadBytes: values.payload,
    workers: values.workers,
  };
  refusing(() => checkScenario("codec", options));
  const given = { ...values, assert: assertionsOf(settings, CODEC_METRICS) };
  await interruptible((signal) =>
    showScenario({
      ...{ name: "codec", signal, given, options, report: codecReport } as const,
      header: "Running codec\n",
      run: (observers) => runScenario("codec", options, observers),
    })
  );
};
