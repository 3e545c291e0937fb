import { hostPort } from "../../protocol/text.ts";
import { Log, logLine } from "../../server/observability/log.ts";
import { CliError, EXIT } from "../exit.ts";
import { listenFault } from "../listeners.ts";
import { lanAddresses } from "../lan_addresses.ts";
import { onInterrupt } from "../signals.ts";
import { announce, warn } from "../standard_streams.ts";
import { startClassServer } from "./class_server.ts";

/** What a teacher has given. */
export interface ClassOptions {
  readonly host: string;
  readonly port: number;
  /** Titles of the lessons. */
  readonly titles: readonly string[];
  /** The command that runs this program. */
  readonly program: string;
}

/** `hubbub learn --class`: a class, until a stop signal. */
export async function runClass(options: ClassOptions): Promise<void> {
  const { host, port, titles, program } = options;
  const interrupts = onInterrupt();
  const addresses = reachable(host);
  const where = (port: number) => ({ program, address: hostPort({ host: addresses[0]!, port }) });
  const log = new Log("warn", Date.now, (entry) => warn(logLine(entry, "text")));
  const server = await startClassServer({ host, port, titles, where, log }).catch((error) => {
    throw new CliError(listenFault(error, { host, port }), EXIT.network, { cause: error });
  });
  announce(classBanner({ ...options, ...server, addresses }));
  await interrupts.next();
  server.stop();
  announce("The class has ended.");
}

/** The text that a teacher gets. */
export function classBanner(
  { host, port, program, teacherPath, addresses }: ClassOptions & {
    readonly teacherPath: string;
    readonly addresses: readonly string[];
  },
): string {
  const all = addresses.map((address) => hostPort({ host: address, port }));
  return [
    `Listening on ${hostPort({ host, port })}`,
    ...all.map((address) => `  your browser   http://${address}${teacherPath}`),
    ...all.map((address) => `  learners type  ${program} learn --join ${address} --name Ann`),
    ...(addresses.every((address) => address.startsWith("127."))
      ? ["  Only this machine can join: it has no other address, or --host is 127.0.0.1."]
      : []),
    "  Pass on only the command: the address for your browser shows the class.",
    "  stop with      Ctrl+C",
  ].join("\n");
}

/** The addresses at which others reach a listener. */
function reachable(host: string): readonly string[] {
  if (host !== "0.0.0.0" && host !== "::") return [host];
  const own = lanAddresses();
  return own.length === 0 ? ["127.0.0.1"] : own;
}
