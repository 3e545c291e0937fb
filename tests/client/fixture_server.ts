/** A server on a port that the system chooses, for what only a real socket shows. */

import net from "node:net";
import { setImmediate } from "node:timers";
import { RECORD_SEPARATOR } from "../../protocol/mod.ts";
import { INTRODUCTION } from "./fakes.ts";

/** What a test server does with a connection. */
export type Behaviour = (socket: net.Socket) => void;

/** Runs a server as long as the body does. */
export async function withServer(
  behaviour: Behaviour,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    behaviour(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await body((server.address() as net.AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Answers each line of JSON by the lines that `reply` returns. */
export function jsonLines(
  // deno-lint-ignore no-explicit-any -- any frame of the client
  reply: (frame: any, socket: net.Socket) => object[],
): Behaviour {
  return (socket) => {
    let rest = "";
    socket.setEncoding("utf8");
    socket.on("data", (data) => {
      const chunk = String(data).replaceAll(RECORD_SEPARATOR, "");
      if (chunk.length < data.length) socket.write(JSON.stringify(INTRODUCTION) + "\n");
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        for (const frame of reply(JSON.parse(line), socket)) {
          socket.write(JSON.stringify(frame) + "\n");
        }
      }
    });
  };
}

/** Sends a beginning, and then bytes without an end as fast as the client takes them. */
export function flooding(beginning: string): Behaviour {
  const bytes = new Uint8Array(65_536).fill(120);
  return (socket) => {
    const send = () => {
      while (!socket.destroyed && socket.write(bytes));
    };
    socket.write(beginning);
    socket.on("drain", () => setImmediate(send));
    send();
  };
}
