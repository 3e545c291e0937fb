/**
 * The network thread of a server: a thin shell of messages around {@link Server}.
 *
 * @module
 */

import { readBoundedFile } from "./bounded_file.ts";
import { Server } from "./server.ts";
import { threadPort } from "./thread_port.ts";
import type { FromServerWorker, ToServerWorker } from "./worker_messages.ts";

const { post, onMessage, close } = threadPort<FromServerWorker, ToServerWorker>();

/** Posts the result of a call. */
function answer(call: number, work: () => string | void): void {
  try {
    const result = work();
    post({ type: "answer", call, ...(result === undefined ? undefined : { result }) });
  } catch (error) {
    post({ type: "answer", call, error: faultOf(error) });
  }
}

function faultOf(error: unknown) {
  const { code, message } = error as NodeJS.ErrnoException;
  return { code, message };
}

/** The one server of this thread, whose scope this module is. */
let server: Server | undefined;

onMessage(async (data) => {
  switch (data.type) {
    case "start": {
      server = new Server(data.options, {
        onLog: (entry) => post({ type: "log", entry }),
        onTrace: (line) => post({ type: "trace", line }),
      });
      try {
        const address = await server.start();
        post({ type: "listening", address, maxClients: server.maxClients });
      } catch (error) {
        post({ type: "failed", ...faultOf(error) });
        close();
      }
      break;
    }
    case "change":
      answer(data.call, () => server?.change(data.options));
      break;
    case "read-file":
      answer(data.call, () => readBoundedFile(data.path));
      break;
    case "reload-tls":
      server?.reloadTlsFiles(data.paths);
      break;
    case "stop":
      post({ type: "stopped", lost: await server?.stop(data.reason) });
      close();
      break;
  }
});
