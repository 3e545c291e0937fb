/**
 * The network thread of a server: a thin shell of messages around {@link Server}.
 *
 * @module
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { Server } from "./server.ts";
import type { FromServerWorker, ToServerWorker } from "./worker_messages.ts";

const post = (message: FromServerWorker) => self.postMessage(message);

/** The one server of this thread, whose scope this module is. */
let server: Server | undefined;

self.onmessage = async ({ data }: MessageEvent<ToServerWorker>) => {
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
        self.close();
      }
      break;
    }
    case "reload-tls":
      server?.reloadTlsFiles(data.paths);
      break;
    case "stop":
      post({ type: "stopped", lost: await server?.stop(data.reason) });
      self.close();
      break;
  }
};
