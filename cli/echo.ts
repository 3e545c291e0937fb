import { setTimeout } from "node:timers";
import { hostPort, Trace, type TraceOptions } from "../protocol/mod.ts";
import type { Acceptor } from "../server/echo/acceptor.ts";
import { EchoServer } from "../server/echo/echo_server.ts";
import { tracedConnection } from "../server/echo/traced_connection.ts";
import { acceptorOf } from "./listeners.ts";
import { listenAddress } from "./options/addresses.ts";
import type { Run } from "./options/command_line.ts";
import type { ECHO } from "./options/echo.ts";
import { traceOptionsOf } from "./options/trace.ts";
import { ownerGone } from "./server_owner.ts";
import { refuseTwice } from "./address_parts.ts";
import { onInterrupt } from "./signals.ts";
import { announce, warn } from "./standard_streams.ts";

/** `hubbub echo`: the echo servers of the textbooks. Runs until a stop signal. */
export const echo: Run<typeof ECHO.options> = async (settings, words) => {
  const address = listenAddress(words[0], words[1]);
  refuseTwice(settings, address, [words[0], words[1]]);
  const options = { ...settings.values, ...address };
  const interrupts = onInterrupt();
  const acceptor = await acceptorOf({ ...options, isOnDemand: options.mode !== "concurrent" });
  const server = new EchoServer(traced(acceptor, traceOptionsOf(options)), {
    mode: options.mode,
    prefix: options.prefix,
    lineTimeoutMilliseconds: options.lineTimeout,
    monotonic: () => performance.now(),
    log: options.quiet ? () => {} : (line) => warn(line),
    delay,
  });
  announce(`Listening on ${hostPort({ host: options.host, port: acceptor.port })}`);
  void Promise.race([interrupts.next(), ownerGone()]).then(() => server.stop());
  await server.run();
  const { clients, bytes } = server.totals;
  announce(`Stopped. Clients served: ${clients}, bytes echoed: ${bytes}.`);
};

/** The acceptor with traced connections, if there are options of a trace. */
function traced(acceptor: Acceptor, options: TraceOptions | undefined): Acceptor {
  if (options === undefined) return acceptor;
  return {
    async accept() {
      const connection = await acceptor.accept();
      if (connection === undefined) return undefined;
      const trace = options.lines
        ? new Trace(connection.peer, Date.now, (line) => warn(line), "lines")
        : undefined;
      return tracedConnection(connection, trace, options, delay);
    },
    close: () => acceptor.close(),
  };
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    // A pending delay must not keep the program running.
    setTimeout(resolve, milliseconds).unref();
  });
}
