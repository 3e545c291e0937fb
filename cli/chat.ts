import process from "node:process";
import { connectionOf, endWith, generatedName } from "./connection.ts";
import { CliError, EXIT } from "./exit.ts";
import type { CHAT } from "./options/clients.ts";
import type { Run } from "./options/command_line.ts";
import { traceOptionsOf } from "./options/trace.ts";
import { runtime } from "./runtime/mod.ts";
import { resolveServer } from "./server_target.ts";
import { jobControl } from "./job_control.ts";
import { standardErrors, standardOutput } from "./node_streams.ts";
import { stopOnInterrupt } from "./signals.ts";
import { print, warn } from "./standard_streams.ts";
import { ConnectionError } from "../client/core/connection_errors.ts";
import type { ConnectOptions } from "../client/chat_client.ts";
import { pagePath } from "../client/core/web_address.ts";
import { webPageStatus } from "../client/web_page.ts";
import { openTcp } from "../client/transports/socket_transport.ts";
import type { OpenTransport } from "../client/core/transport.ts";
import { systemClock as systemClientClock } from "../client/core/clock.ts";
import { formFragment } from "../client/core/form_fragment.ts";
import { tracedTransport } from "../client/transports/traced_transport.ts";
import { hostPort, Trace, type TraceOptions } from "../protocol/mod.ts";

/** `hubbub chat`: the terminal client, and the same for pipes. */
export const chat: Run<typeof CHAT.options> = async (given, words) => {
  const { address, settings } = resolveServer(given, [words[0], words[1]]);
  const { values } = settings;
  const { room: rooms, ...others } = values;
  const target = {
    ...connectionOf(address, { ...others, room: undefined }),
    ...(rooms === undefined ? undefined : { rooms }),
  };
  if (values.web) {
    const { fingerprint, insecure, tls } = values;
    const isEncrypted = address.isEncrypted === true || tls || insecure ||
      fingerprint !== undefined;
    return await openPage(target, isEncrypted, values.name);
  }
  const isColoured = values.color && !runtime.noColor;
  const outcome = await runChat(
    traced(target, traceOptionsOf(values)),
    values.name,
    isColoured,
  );
  endWith(outcome, words[0]);
};

async function openPage(
  target: ReturnType<typeof connectionOf> & { readonly rooms?: readonly string[] },
  isEncrypted: boolean,
  name = "",
): Promise<void> {
  const { rooms: [room = "", ...others] = [], webSocket } = target;
  const path = webSocket === undefined ? "/" : pagePath(webSocket);
  const scheme = isEncrypted ? "https" : "http";
  const page = `${scheme}://${hostPort(target)}${path}`;
  const status = await webPageStatus({ ...target, path }).catch((error) => {
    if (!(error instanceof ConnectionError)) throw error;
    throw new CliError(error.message, EXIT.network, { cause: error });
  });
  // A browser asks for the password of a web server in front of the chat.
  if (status !== 200 && status !== 401) {
    throw new CliError(pageFault(target.host, page, status), EXIT.failed);
  }
  const url = page + formFragment({ name, room });
  print(url);
  if (others.length > 0) {
    warn(`The page opens with the room ${room} only. Join ${others.join(", ")} there.`);
  }
  if (await openUrl(url)) return;
  throw new CliError("No browser could be opened. Open the address above in one.", EXIT.failed);
}

/** Why there is no page at an address, as a sentence. @param status of the answer. */
function pageFault(host: string, page: string, status: number): string {
  return status === 421
    ? `The server does not accept the name ${host} in the address. Use its IP address, or start it ` +
      `with --allow-host ${host}.`
    : `There is no page at ${page}: the server answered ${status}. Check the path of the address; a ` +
      "server with --no-web is joined without --web.";
}

/** The target with traced connections, if there are options of a trace. */
function traced<Target extends { openTransport?: OpenTransport }>(
  target: Target,
  options: TraceOptions | undefined,
): Target {
  if (options === undefined) return target;
  const traceOf = (connection: string) =>
    options.lines ? new Trace(connection, Date.now, (line) => warn(line)) : undefined;
  const open = target.openTransport ?? openTcp;
  return { ...target, openTransport: tracedTransport(open, traceOf, options, systemClientClock) };
}

async function runChat(
  target: Omit<ConnectOptions, "name">,
  name: string | undefined,
  color: boolean,
) {
  const options = { ...target, input: process.stdin, stop: stopOnInterrupt() };
  if (runtime.isTerminal(0) && runtime.isTerminal(1)) {
    const { runTerminalChat } = await import("../client/terminal/terminal_chat.ts");
    return await runTerminalChat({
      ...options,
      ...{ color, jobs: jobControl(), output: process.stdout, errors: process.stderr },
      ...(name === undefined ? undefined : { name }),
    });
  }
  const { runPlainChat } = await import("../client/scripts/plain_chat.ts");
  return await runPlainChat({
    ...options,
    ...{ name: name ?? generatedName("guest"), isNameMadeUp: name === undefined },
    ...{ output: standardOutput(), errors: standardErrors },
  });
}

/** The command that opens an address in the default browser, by system. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** The command of freedesktop.org, for all other systems. */
const FREE_DESKTOP_OPENER = ["xdg-open"];

/** How long an opener may take to fail. Some run until the browser is closed. */
const PATIENCE_MILLISECONDS = 3000;

/**
 * Opens an address in the default browser.
 *
 * @param environment environment variables of the command, in place of this program's.
 * @returns false if the command failed or is missing.
 */
export async function openUrl(
  url: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const [command = "", ...parameters] = OPENERS[runtime.os] ?? FREE_DESKTOP_OPENER;
  try {
    const child = await runtime.spawn(command, {
      args: [...parameters, url],
      env: environment,
      stdout: "null",
      stderr: "null",
      isUnref: true,
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), PATIENCE_MILLISECONDS);
    });
    const ended = child.status.then(({ success }) => success);
    return await Promise.race([ended, patience]).finally(() => clearTimeout(timer));
  } catch {
    return false; // the command is missing, or there is no permission to run it
  }
}
