import { assertEquals, assertRejects } from "@std/assert";
import { createServer, type Socket } from "node:net";
import { LatencyRecorder } from "../../../../tools/soak/honest/measurements.ts";
import { Keeper, Neighbours } from "../../../../tools/soak/honest/probes.ts";

const WELCOME =
  `{"type":"welcome","name":"x","rooms":[{"room":"lobby","seq":0}],"server":"f","session":"s"}\n`;

/** Runs a probe on a server that treats each connection in one way. */
async function withServer(
  onConnection: (socket: Socket) => void,
  run: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await run((server.address() as { port: number }).port);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
}

/** The patience with servers that answer: none of them is waited for so long. */
const LONG = 60_000;

const SERVERS: readonly {
  why: string;
  onConnection: (socket: Socket) => void;
  what: RegExp;
  patience?: number;
}[] = [
  { why: "closes the connection", onConnection: (socket) => socket.end(), what: /: closed$/ },
  { why: "does not answer", onConnection: () => {}, what: /no answer|in 0\.1 s$/, patience: 100 },
  {
    why: "sends an error",
    onConnection: (socket) => socket.write(`{"type":"error","code":"server_full","text":"x"}\n`),
    what: /: server_full$/,
  },
];

for (const { why, onConnection, what, patience = LONG } of SERVERS) {
  Deno.test(`probes: a server that ${why} is an error, and no endless wait`, async () => {
    await withServer(onConnection, async (port) => {
      for (
        const probe of [
          new Neighbours(0, new LatencyRecorder(), () => {}, patience),
          new Keeper(patience),
        ]
      ) {
        const start = () => probe instanceof Keeper ? probe.register(port) : probe.enter(port);
        const { message } = await assertRejects(start) as Error;
        assertEquals(what.test(message), true, message);
      }
    });
  });
}

Deno.test("probes: a registration that is refused, or not answered, is an error", async () => {
  for (
    const [answer, what, patience] of [
      [`{"type":"error","code":"no_accounts","text":"x"}\n`, "no_accounts", LONG],
      ["", "in 1 s", 1000],
    ] as const
  ) {
    await withServer((socket) => {
      socket.write(WELCOME);
      socket.setEncoding("utf8");
      socket.on("data", (text: unknown) => {
        if (String(text).includes(`"register"`)) socket.write(answer);
      });
    }, async (port) => {
      await assertRejects(() => new Keeper(patience).register(port), Error, what);
    });
  }
});
