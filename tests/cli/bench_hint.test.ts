/** The hint of `hubbub bench` after a run with a wrong profile. */

import { assertEquals, assertMatch } from "@std/assert";
import net from "node:net";
import { findHint, needsHint, type Tried } from "../../cli/bench_hint.ts";
import { startServer } from "../support/server.ts";

/** Maximum time to wait for an answer, in milliseconds. */
const PATIENCE = 1500;

/** Does something with each connection to a server, and finds the hint for it. */
async function hintFor(
  serve: (socket: net.Socket) => void,
  tried: Partial<Tried> = {},
): Promise<string | undefined> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.setEncoding("latin1");
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  try {
    const hint = await findHint({
      ...{ target: { host: "127.0.0.1", port }, scenario: "broadcast", profile: "json" },
      takesTemplates: true,
      ...tried,
    }, PATIENCE);
    return hint?.replace(/check-\d+-/, "check-N-").replaceAll(`:${port}`, ":PORT");
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Answers what each read brings. */
function answering(answer: (bytes: string) => string): (socket: net.Socket) => void {
  return (socket) => socket.on("data", (bytes) => socket.write(answer(String(bytes))));
}

/** A chat of lines that greets a client with its name. */
function welcoming({ toSender = false, isSilent = false } = {}) {
  const members = new Map<net.Socket, string>();
  return (socket: net.Socket) => {
    socket.on("close", () => members.delete(socket));
    socket.on("data", (bytes) => {
      for (const line of String(bytes).trimEnd().split("\n")) {
        const name = members.get(socket);
        if (name === undefined) {
          members.set(socket, line);
          if (!isSilent) socket.write(`Welcome ${line}\n`);
          continue;
        }
        for (const member of members.keys()) {
          if (toSender || member !== socket) member.write(`${name}: ${line}\n`);
        }
      }
    });
  };
}

const COMMAND = "Try: hubbub bench broadcast 127.0.0.1:PORT --profile";
const CHAT = "127.0.0.1:PORT is a chat that asks for nothing and takes the first line as the name";
const CHAT_TO_SENDER = `${CHAT}, which sends messages to their sender too`;

Deno.test("bench hint: a chat that welcomes by name is a chat, with the options that fit", async () => {
  const [plain, own, silent, trial] = await Promise.all([
    hintFor(welcoming()),
    hintFor(welcoming({ toSender: true })),
    hintFor(welcoming({ toSender: true, isSilent: true })),
    hintFor(welcoming({ toSender: true }), { scenario: "churn", takesTemplates: false }),
  ]);
  assertEquals(plain, `${CHAT}. ${COMMAND} line`);
  assertEquals(own, `${CHAT_TO_SENDER}. ${COMMAND} line --own-messages`);
  assertEquals(silent, `${CHAT_TO_SENDER}. ${COMMAND} line --welcome '' --own-messages`);
  // A scenario without these options cannot load it.
  assertEquals(trial, `${CHAT_TO_SENDER}. ${COMMAND} line --own-messages`);
});

Deno.test("bench hint: a chat that asks for a password gets one behind the name", async () => {
  const hint = await hintFor((socket) => {
    socket.write("Enter your name: ");
    answering(() => "Password: ")(socket);
  }, { profile: "line" });
  assertEquals(
    hint,
    '127.0.0.1:PORT is a chat that asks "Enter your name:", and then for a password. ' +
      `${COMMAND} line --login '{name}\\nPASSWORD\\n'`,
  );
});

Deno.test("bench hint: none for a server with the right profile", async () => {
  const [chat, own, echo] = await Promise.all([
    hintFor(welcoming(), { profile: "line" }),
    hintFor(welcoming({ toSender: true }), { profile: "line", lines: { ownMessages: true } }),
    hintFor(answering((bytes) => bytes), { scenario: "echo", profile: "echo" }),
  ]);
  assertEquals([chat, own, echo], [undefined, undefined, undefined]);
});

Deno.test("bench hint: an echo server is for bench echo, with any profile", async () => {
  const [json, line, once] = await Promise.all([
    hintFor(answering((bytes) => `Echo: ${bytes}`)),
    hintFor(answering((bytes) => `Echo: ${bytes}`), { profile: "line" }),
    hintFor((socket) => socket.on("data", (bytes) => socket.end(bytes))),
  ]);
  const server = '127.0.0.1:PORT is an echo server that puts "Echo: " before every line.';
  assertEquals(json, `${server} Try: hubbub bench echo 127.0.0.1:PORT`);
  assertEquals(line, json);
  assertEquals(
    once,
    "127.0.0.1:PORT is an echo server that closes after one message. bench cannot load a " +
      "server that closes the connection after a message.",
  );
});

Deno.test("bench hint: a server of another protocol is named by the profile that it takes", async () => {
  const nats = (socket: net.Socket) => {
    socket.write("INFO {}\r\n");
    answering((bytes) => bytes.includes("PING") ? "PONG\r\n" : "-ERR 'Unknown'\r\n")(socket);
  };
  const redis = answering((bytes) =>
    bytes.includes("SUBSCRIBE")
      ? ">3\r\n$9\r\nsubscribe\r\n$6\r\nhubbub\r\n:1\r\n"
      : `-ERR unknown command '${bytes.trim()}'\r\n`
  );
  const named = (profile: string) =>
    `127.0.0.1:PORT is a server that --profile ${profile} speaks to. ${COMMAND} ${profile}`;
  assertEquals(
    await Promise.all([hintFor(nats), hintFor(redis), hintFor(redis, { profile: "redis" })]),
    [named("nats"), named("redis"), undefined],
  );
});

Deno.test("bench hint: hubbub is named for the profiles of others, and never for its own", async () => {
  await using server = await startServer();
  const target = { host: "127.0.0.1", port: server.port };
  const hint = (profile: Tried["profile"]) =>
    findHint({ target, scenario: "broadcast", profile, takesTemplates: true });
  assertMatch(await hint("line") ?? "", /is a hubbub server\. Try: .* --profile json$/);
  assertEquals(await hint("text"), undefined);
});

Deno.test("bench hint: an unknown kind of server is described by its answers", async () => {
  assertEquals(
    await hintFor(answering(() => '{"error":"not JSON"}\n')),
    '127.0.0.1:PORT: it uses its own JSON, and answers "{"error":"not JSON"}" to ' +
      '"check-N-0-end": it is neither a chat nor an echo server that check knows. Describe how to ' +
      "speak to it with --profile line, --login, --message and --welcome.",
  );
});

Deno.test("bench hint: a server that expects TLS is named as that, without advice for lines", async () => {
  const alert = new Uint8Array([0x15, 3, 1, 0, 2, 2, 0x46]);
  assertEquals(
    await hintFor((socket) => socket.on("data", () => socket.end(alert))),
    "127.0.0.1:PORT: it expects TLS: it is neither a chat nor an echo server.",
  );
});

Deno.test("bench hint: a web server, even one that repeats the request, is named as that", async () => {
  const page = (bytes: unknown) =>
    `<!DOCTYPE HTML>\n<html>Bad request syntax ('${bytes}')</html>\n`;
  assertEquals(
    await hintFor((socket) => socket.once("data", (bytes) => socket.end(page(bytes)))),
    "127.0.0.1:PORT: it is a web server: it is neither a chat nor an echo server.",
  );
});

Deno.test("bench hint: given when no connection joined, and when no delivery was right", () => {
  const interrupted = false;
  const login = [{ phase: "login", code: "timeout", count: 2 }] as const;
  const run = (count: number) => [{ phase: "run", code: "closed", count }] as const;
  const good = { received: 5, misdelivered: 0 };
  assertEquals(needsHint({ joined: 0, interrupted, errors: login }), true);
  assertEquals(
    needsHint({
      joined: 0,
      interrupted,
      errors: [{ phase: "connect", code: "ECONNREFUSED", count: 2 }],
    }),
    false,
  );
  assertEquals(needsHint({ joined: 0, interrupted: true, errors: login }), false);
  assertEquals(needsHint({ joined: 2, interrupted, deliveries: good }), false);
  assertEquals(
    needsHint({ joined: 2, interrupted, deliveries: { ...good, misdelivered: 1 } }),
    true,
  );
  assertEquals(needsHint({ joined: 2, interrupted, deliveries: { ...good, received: 0 } }), true);
  assertEquals(needsHint({ joined: 2, interrupted, errors: login }), false);
  // All connections broke, after some deliveries.
  assertEquals(needsHint({ joined: 2, interrupted, errors: run(1), deliveries: good }), false);
  assertEquals(needsHint({ joined: 2, interrupted, errors: run(2), deliveries: good }), true);
});
