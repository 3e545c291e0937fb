/**
 * The network thread of a server: a thin shell of messages around {@link Server}.
 *
 * @module
 */

import { Server } from "./server.ts";
import { threadPort } from "./thread.ts";
import type { FromServerWorker, ToServerWorker } from "./worker_messages.ts";

const { post, onMessage, close } = threadPort<FromServerWorker, ToServerWorker>();

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
        const { code, message } = error as NodeJS.ErrnoException;
        post({ type: "failed", code, message });
        close();
      }
      break;
    }
    case "reload-tls":
      server?.reloadTlsFiles(data.paths);
      break;
    case "stop":
      post({ type: "stopped", lost: await server?.stop(data.reason) });
      close();
      break;
  }
});
