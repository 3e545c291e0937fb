import { assert, assertEquals } from "@std/assert";
import { createServer, type Socket } from "node:net";
import { readServerLimits } from "../../../bench/monitoring/server_limits.ts";

/** What is read of a server that does something with each connection, and with its first bytes. */
async function limitsOf(
  accept: (socket: Socket) => void,
  profile: "json" | "irc" = "json",
) {
  const sockets: Socket[] = [];
  let received = "";
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => received += String(bytes));
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const limits = await readServerLimits({ host: "127.0.0.1", port }, profile);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  return { limits, connections: sockets.length, received };
}

/** Answers the first bytes, in pieces. */
const answering = (...pieces: string[]) => (socket: Socket) => {
  socket.once("data", async () => {
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
};

const introduction = (limits: unknown) =>
  JSON.stringify({ type: "server", server: "x", protocol: 0, limits }) + "\n";

const LIMITS = { perSecond: 7.5, burst: 3 };

Deno.test("server limits: of an introduction, whole, in pieces, and behind a prompt", async () => {
  const text = introduction(LIMITS);
  for (const pieces of [[text], [...text], ["Enter your name: \n", text]]) {
    const { limits, received } = await limitsOf(answering(...pieces));
    assertEquals([limits, received], [LIMITS, "\x1e"]);
  }
});

Deno.test("server limits: none if the server reports none or impossible ones", async () => {
  const wrong = [
    ...[undefined, null, 1, {}, { perSecond: "20", burst: 40 }, { perSecond: 0, burst: 1 }],
    ...[{ perSecond: 20 }, { perSecond: -1, burst: 40 }],
  ];
  for (const limits of wrong) {
    assertEquals((await limitsOf(answering(introduction(limits)))).limits, null);
  }
});

Deno.test("server limits: none of other servers, which are asked for a second at most", async () => {
  const others: ((socket: Socket) => void)[] = [
    answering("Welcome!\nWho are you?\n"),
    answering("\x1e"),
    answering("x".repeat(5000)),
    (socket) => void socket.destroy(),
  ];
  assertEquals(
    await Promise.all(others.map(async (other) => (await limitsOf(other)).limits)),
    others.map(() => null),
  );
  const start = performance.now();
  assertEquals((await limitsOf(() => {})).limits, null, "a server that sends nothing");
  const milliseconds = performance.now() - start;
  assert(milliseconds > 900 && milliseconds < 5000, `${milliseconds} ms`);
  assertEquals(await readServerLimits({ host: "127.0.0.1", port: 1 }, "json"), null);
  const { limits, connections } = await limitsOf(answering(introduction(LIMITS)), "irc");
  assertEquals([limits, connections], [null, 0], "with another profile it is not asked");
});
