/**
 * `nc -l` of the lessons, the same on every system: prints what a client sends.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers";
import type { LessonEvent } from "../../client/learn/conditions.ts";
import type { Listen } from "../../client/learn/terminal_one.ts";
import { cleanLine, hostPort } from "../../protocol/text.ts";

/** Receives what happens at a listener. */
export interface ListenHandlers {
  print(line: string): void;
  event(event: LessonEvent): void;
}

export interface Listening {
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

/** Maximum length of a shown line, in characters. */
const MAX_LINE = 500;

/**
 * Listens until it is stopped.
 *
 * @throws {Error} with the code of the system if it cannot listen.
 */
export function listen({ protocol, port }: Listen, handlers: ListenHandlers): Promise<Listening> {
  return protocol === "tcp" ? listenTcp(port, handlers) : listenUdp(port, handlers);
}

/** Serves one client, as `nc -l` does. */
function listenTcp(port: number, { print, event }: ListenHandlers): Promise<Listening> {
  let client: Socket | undefined;
  const server = createServer((socket) => {
    socket.on("error", () => {}); // `close` follows
    if (client !== undefined) return void socket.destroy();
    client = socket;
    server.close();
    const peer = hostPort({ host: socket.remoteAddress ?? HOST, port: socket.remotePort ?? 0 });
    event({ kind: "connects", peer });
    socket.on("data", (bytes: Uint8Array) => {
      shown(bytes, peer, { print, event });
      // A client that sends without end must not keep the learner's keys waiting.
      socket.pause();
      setImmediate(() => socket.resume());
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => event({ kind: "closes", peer }));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () =>
      resolve({
        async stop() {
          client?.destroy();
          if (server.listening) await new Promise((done) => server.close(done));
        },
      }));
  });
}

function listenUdp(port: number, handlers: ListenHandlers): Promise<Listening> {
  const socket = createSocket("udp4");
  let sender: string | undefined;
  socket.on("message", (bytes, { address, port: from }) => {
    const peer = hostPort({ host: address, port: from });
    // Only the first one, as `nc -u -l` does.
    sender ??= peer;
    if (peer === sender) shown(bytes, peer, handlers);
  });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(
      port,
      HOST,
      () => resolve({ stop: () => new Promise((done) => void socket.close(() => done())) }),
    );
  });
}

function shown(bytes: Uint8Array, peer: string, { print, event }: ListenHandlers): void {
  const text = new TextDecoder().decode(bytes).replace(/\n$/, "");
  for (const line of text.split("\n")) {
    const clean = cleanLine(line.slice(0, MAX_LINE));
    print(clean);
    event({ kind: "sends", peer, text: clean });
  }
}
