import { Command, Option } from "@commander-js/extra-typings";
import process from "node:process";
import {
  exitCodeOf,
  openTls,
  type OpenTransport,
  runPlainChat,
  runTerminalChat,
  type TlsOptions,
} from "../client/mod.ts";
import { DEFAULT_ROOM } from "../protocol/mod.ts";
import { CliError, EXIT } from "./exit.ts";
import { onInterrupt } from "./signals.ts";
import { address, duration, fingerprint } from "./values.ts";

/** Where a server is looked for when nobody says. */
const DEFAULT_TARGET = { host: "127.0.0.1", port: 8080 };

/** The variable that tells the runtime whose signatures on certificates to trust. */
const CA_STORES = "DENO_TLS_CA_STORE";

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
    .addOption(
      new Option("--no-reconnect", "end when the connection breaks, instead of making it again"),
    )
    .addOption(
      new Option("--no-color", "no colours on a terminal; NO_COLOR in the environment does it too"),
    )
    .optionsGroup("Encryption:")
    .addOption(
      new Option("--tls", "encrypt; the server's certificate must be trusted by this machine")
        .env("HUBBUB_TLS"),
    )
    .addOption(
      new Option(
        "--fingerprint <sha256>",
        "encrypt, and trust the one certificate that has it, whoever signed it",
      ).argParser(fingerprint).env("HUBBUB_FINGERPRINT"),
    )
    .addOption(
      new Option("--insecure", "encrypt, and trust whoever answers")
        .conflicts("fingerprint").env("HUBBUB_INSECURE"),
    )
    .action(
      async (first, second, { name, room, connectTimeout, reconnect, color, ...encryption }) => {
        const openTransport = transportOf(encryption);
        const target = {
          ...DEFAULT_TARGET,
          ...address(first, second),
          connectTimeoutMilliseconds: connectTimeout,
          ...(room === undefined ? undefined : { room }),
          ...(openTransport === undefined ? undefined : { openTransport }),
          ...(reconnect ? undefined : { reconnect }),
        };
        const exitCode = await chat(target, name, color && !Deno.noColor);
        if (exitCode !== EXIT.done) throw new CliError("", exitCode);
      },
    );
}

/** How to connect; `undefined` for plain TCP. */
function transportOf(
  { tls, ...options }: TlsOptions & { tls?: true | undefined },
): OpenTransport | undefined {
  const { fingerprint, insecure } = options;
  if (tls !== true && fingerprint === undefined && insecure !== true) return undefined;
  if (insecure === true) {
    console.error("Anybody could pretend to be the server: --insecure trusts whoever answers.");
  } // The runtime would know none but Mozilla's list of authorities. It reads this at the first use.
  else if (fingerprint === undefined && Deno.env.get(CA_STORES) === undefined) {
    Deno.env.set(CA_STORES, "system,mozilla");
  }
  return openTls(options);
}

async function chat(
  target: typeof DEFAULT_TARGET & {
    room?: string;
    connectTimeoutMilliseconds: number;
    openTransport?: OpenTransport;
    reconnect?: boolean;
  },
  name: string | undefined,
  color: boolean,
) {
  const interrupts = onInterrupt();
  const stop = new AbortController();
  void interrupts.next().then(() => stop.abort());
  const streams = { input: process.stdin, output: process.stdout, errors: process.stderr };
  const options = { ...target, ...streams, stop: stop.signal };
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const outcome = isTerminal
    ? await runTerminalChat({ ...options, color, ...(name === undefined ? undefined : { name }) })
    : await runPlainChat({ ...options, name: name ?? guestName() });
  return exitCodeOf(outcome);
}

/** A name for a pipe that was given none. */
function guestName(): string {
  return `guest-${Math.floor(1000 + 9000 * Math.random())}`;
}
