import { Command, Option } from "@commander-js/extra-typings";
import process from "node:process";
import { exitCodeOf, runPlainChat, runTerminalChat } from "../client/mod.ts";
import { DEFAULT_ROOM } from "../protocol/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { onInterrupt } from "./signals.ts";
import { address, duration } from "./values.ts";

/** Where a server is looked for when nobody says. */
const DEFAULT_TARGET = { host: "127.0.0.1", port: 8080 };

/** `hubbub chat`: the terminal client, and the same for pipes. */
export function chatCommand() {
  return new Command("chat")
    .summary("join a chat")
    .description(
      "Joins a chat. In a pipe every line of standard input is sent and every line of the chat " +
        "printed, and it ends when the input has ended and everything was acknowledged.",
    )
    .argument("[host[:port]]", "the server; default: 127.0.0.1:8080")
    .argument("[port]", "the port, after a host")
    .addOption(
      new Option("--name <name>", "your name; a terminal asks for it").env("HUBBUB_NAME"),
    )
    .addOption(
      new Option("--room <room>", `the room to join; default: ${DEFAULT_ROOM}`).env("HUBBUB_ROOM"),
    )
    .addOption(
      new Option("--connect-timeout <time>", "how long connecting may take")
        .argParser(duration(100, 3_600_000)).default(10_000, "10s").env("HUBBUB_CONNECT_TIMEOUT"),
    )
    .action(async (first, second, { name, room, connectTimeout }) => {
      const target = {
        ...DEFAULT_TARGET,
        ...address(first, second),
        connectTimeoutMilliseconds: connectTimeout,
        ...(room === undefined ? undefined : { room }),
      };
      const exitCode = await chat(target, name);
      if (exitCode !== EXIT.done) throw new CliError("", exitCode);
    });
}

async function chat(
  target: typeof DEFAULT_TARGET & { room?: string; connectTimeoutMilliseconds: number },
  name: string | undefined,
) {
  const interrupts = onInterrupt();
  const stop = new AbortController();
  void interrupts.next().then(() => stop.abort());
  const streams = { input: process.stdin, output: process.stdout, errors: process.stderr };
  const options = { ...target, ...streams, stop: stop.signal };
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const outcome = isTerminal
    ? await runTerminalChat({ ...options, ...(name === undefined ? undefined : { name }) })
    : await runPlainChat({ ...options, name: name ?? guestName() });
  return exitCodeOf(outcome);
}

/** A name for a pipe that was given none. */
function guestName(): string {
  return `guest-${Math.floor(1000 + 9000 * Math.random())}`;
}
