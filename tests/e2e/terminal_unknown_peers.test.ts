/**
 * `hubbub chat` on a real terminal, pointed at what is no chat: one line, and exit code 3.
 */

import { assertMatch } from "@std/assert";
import { createServer, type Socket } from "node:net";
import { startServe } from "../support/program.ts";
import { hasTmux, Tmux } from "../support/tmux.ts";

const ignore = !hasTmux();

/** A server that does this to every client. */
async function startUnknownPeer(greet: (socket: Socket) => void): Promise<
  { readonly port: number } & AsyncDisposable
> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // "close" follows
    greet(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("Cannot listen");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** Introduces itself as hubbub, and does something else when it gets the name. */
const introduce = (socket: Socket, then: (socket: Socket) => void) => {
  socket.once("data", () => {
    socket.write('{"type":"server","server":"hubbub","protocol":0}\n');
    socket.once("data", () => then(socket));
  });
};

const UNKNOWN_PEERS: [is: string, greet: (socket: Socket) => void, told: string][] = [
  [
    "that greets as SSH",
    (socket) => socket.write("SSH-2.0-OpenSSH_9.6\r\n"),
    'Cannot join 127.0.0.1:PORT: that is not a hubbub server: it answered "SSH-2.0-OpenSSH_9.6".',
  ],
  [
    "for the web",
    (socket) => socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    "Cannot join 127.0.0.1:PORT: that is not a hubbub server: it is a web server.",
  ],
  [
    "that closes at once",
    (socket) => socket.end(),
    "Cannot join 127.0.0.1:PORT: the server closed the connection before it answered.",
  ],
  [
    "that closes when it receives the name",
    (socket) => introduce(socket, () => socket.end()),
    "Cannot join 127.0.0.1:PORT: the server closed the connection before it answered.",
  ],
  [
    "that answers the name with rubbish",
    (socket) => introduce(socket, () => socket.write("\x00\xff rubbish\n")),
    "Cannot join 127.0.0.1:PORT: it sent data that is not in the protocol. Is it a hubbub server?",
  ],
];

async function assertTold(parameters: string[], told: string): Promise<void> {
  await using terminal = await Tmux.start(["chat", ...parameters, "--name", "Alice"]);
  const screen = await terminal.until(/exit code/);
  const pattern = told.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  assertMatch(
    screen,
    new RegExp(`^(Connected to server at \\S+\\n)?\\n?${pattern}\\nexit code 3\\n`),
  );
}

for (const [is, greet, told] of UNKNOWN_PEERS) {
  Deno.test({
    name: `terminal: a server ${is} is one line, and exit code 3`,
    ignore,
    fn: async () => {
      await using peer = await startUnknownPeer(greet);
      await assertTold([`127.0.0.1:${peer.port}`], told.replace("PORT", String(peer.port)));
    },
  });
}

Deno.test({
  name: "terminal: a wrong certificate, or none, is one line, and exit code 3",
  ignore,
  fn: async () => {
    await using serve = await startServe(["--tls", "self-signed"]);
    const address = `127.0.0.1:${serve.port}`;
    await assertTold(
      ["--tls", "--no-first-use", address],
      `Cannot connect to ${address}: its certificate cannot be trusted (self-signed certificate). ` +
        "Ask its owner for the --fingerprint.",
    );
    await using plain = await startServe([]);
    await assertTold(
      ["--tls", `127.0.0.1:${plain.port}`],
      `Cannot connect to 127.0.0.1:${plain.port}: it does not speak TLS. Try without --tls, or with http:// in the address.`,
    );
  },
});
