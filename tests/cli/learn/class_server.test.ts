import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { connect, createServer, type Socket } from "node:net";
import { ClassError, ClassMember } from "../../../cli/learn/class_member.ts";
import {
  type ClassLimits,
  type ClassServer,
  startClassServer,
} from "../../../cli/learn/class_server.ts";
import { Log } from "../../../server/observability/log.ts";
import { eventually } from "../../support/eventually.ts";

const POSITION = { lesson: 2, step: 1, steps: 5, answered: 1 };

async function startClass(
  port = 0,
  limits: Partial<ClassLimits> = {},
): Promise<ClassServer & Disposable> {
  const server = await startClassServer({
    host: "127.0.0.1",
    port,
    titles: ["One", "Two"],
    where: (port) => ({ address: `127.0.0.1:${port}`, program: "hubbub" }),
    log: new Log("off", Date.now, () => {}),
    limits,
  });
  return { ...server, [Symbol.dispose]: server.stop };
}

/** Sends bytes, and returns all that comes until the server closes the connection. */
async function exchange(port: number, ...chunks: readonly string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  socket.on("data", (bytes: Uint8Array) => received += new TextDecoder().decode(bytes));
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.on("close", resolve));
  await new Promise((resolve) => socket.on("connect", resolve));
  for (const chunk of chunks) await new Promise((resolve) => socket.write(chunk, resolve));
  await closed;
  return received;
}

const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

const teacherSees = ({ port, teacherPath }: ClassServer) =>
  exchange(port, `GET ${teacherPath} HTTP/1.1\r\nHost: x\r\n\r\n`);

Deno.test("class server: a request may come in any pieces", async () => {
  using server = await startClass();
  const whole = post("/join", '{"name":"Ann"}');
  const answer = await exchange(server.port, ...whole.slice(0, 60), whole.slice(60));
  assertMatch(answer, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{"token":"[\da-f]{32}"\}$/);
  assertMatch(await teacherSees(server), /1 learner here[^]*Ann/);
});

Deno.test("class server: pages may load nothing, and are stored nowhere", async () => {
  using server = await startClass();
  const answer = await teacherSees(server);
  assertMatch(answer, /^Content-Security-Policy: default-src 'none'; style-src 'sha256-/m);
  assertMatch(answer, /^Cache-Control: no-store\r$/m);
  assertMatch(answer, /^Referrer-Policy: no-referrer\r$/m);
});

Deno.test("class server: every class has another teacher's path", async () => {
  using one = await startClass();
  using other = await startClass();
  assertMatch(one.teacherPath, /^\/class-[\w-]{12}$/);
  assert(one.teacherPath !== other.teacherPath);
});

/** The error with which a learner cannot join. */
async function faultOf(target: { host: string; port: number }, name: string): Promise<ClassError> {
  const join = () => ClassMember.join(target, name, () => {});
  return await assertRejects(join, ClassError) as ClassError;
}

/** What a hostile client sends, and the status of the answer. */
const HOSTILE: readonly (readonly [string, string, number])[] = [
  ["no HTTP", "hello\r\n\r\n", 400],
  ["TLS", "\x16\x03\x01\x02\x00\x01\n\n", 400],
  ["an endless request line", `GET /${"a".repeat(50_000)}`, 400],
  ["endless headers", `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(20_000)}`, 400],
  ["a huge length", "POST /join HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", 413],
  ["a length that is none", "POST /join HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400],
  ["chunks", "POST /join HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
  ["a body that is no JSON", post("/join", "\xff\xfe"), 400],
  ["the names of built-in objects", post("/join", '{"__proto__":{"name":"x"}}'), 400],
];

for (const [what, bytes, status] of HOSTILE) {
  Deno.test(`class server: refused: ${what}`, async () => {
    using server = await startClass();
    const answer = await exchange(server.port, bytes);
    assertMatch(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    assertMatch(await teacherSees(server), /0 learners here/);
  });
}

Deno.test("class server: a flood of requests from one address is refused", async () => {
  using server = await startClass(0, { rate: { perSecond: 0.001, burst: 3 } });
  const answers: string[] = [];
  for (let count = 0; count < 5; count++) {
    answers.push((await exchange(server.port, "GET / HTTP/1.1\r\n\r\n")).slice(9, 12));
  }
  assertEquals(answers, ["200", "200", "200", "429", "429"]);
});

for (
  const [what, limits] of [
    ["from one address", { connectionsPerAddress: 4 }],
    ["in all", { connections: 4 }],
  ] as const
) {
  Deno.test(`class server: silent connections are bounded ${what}, and closed in time`, async () => {
    using server = await startClass(0, { ...limits, exchangeTimeout: 500 });
    let closed = 0;
    for (let count = 0; count < 10; count++) {
      const socket: Socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.on("close", () => closed++);
    }
    await eventually(() => closed >= 6, "the connections over the limit to be closed");
    await eventually(() => closed === 10, "all silent connections to be closed");
    assertMatch(await teacherSees(server), /0 learners here/);
  });
}

for (const name of ["Åsa", "李雷", "Ζωή"]) {
  Deno.test(`class member: ${name} joins with letters beyond ASCII`, async () => {
    using server = await startClass();
    const target = { host: "127.0.0.1", port: server.port };
    const member = await ClassMember.join(target, name, () => {});
    assertStringIncludes(await teacherSees(server), `<th scope="row">${name}</th>`);
    await member.leave();
  });
}

Deno.test("class member: a learner joins, reports and leaves", async () => {
  using server = await startClass();
  const target = { host: "127.0.0.1", port: server.port };
  const warnings: string[] = [];
  const member = await ClassMember.join(target, "Ann", (text) => warnings.push(text));
  member.report({ ...POSITION, step: 0 });
  member.report(POSITION);
  await eventually(async () => /2\. Two[^]*1 of 5/.test(await teacherSees(server)), "the report");
  const taken = await faultOf(target, "ann");
  assertMatch(taken.message, /^Cannot join the class: The name "ann" is taken in this class\./);
  assertEquals(taken.isRefusal, true);
  await member.leave();
  assertMatch(await teacherSees(server), /Ann \(has left\)/);
  assertEquals(warnings, []);
});

Deno.test("class member: a class that is gone is reported once, and joined when it is back", async () => {
  const first = await startClass();
  const { port } = first;
  const warnings: string[] = [];
  const member = await ClassMember.join({ host: "127.0.0.1", port }, "Ann", (text) => {
    warnings.push(text);
  });
  first.stop();
  member.report(POSITION);
  await eventually(() => warnings.length === 1, "a warning");
  assertMatch(
    warnings[0]!,
    /^Cannot reach the class at .*: connection refused.*\. The lessons continue/,
  );
  member.report(POSITION);
  using second = await startClass(port);
  member.report(POSITION);
  await eventually(() => warnings.length === 2, "the class");
  assertEquals(warnings[1], "The class can be reached again.");
  assertMatch(await teacherSees(second), /Ann[^]*2\. Two/);
  await member.leave();
});

Deno.test("class member: another server, and no server, are errors with a sentence", async () => {
  using server = await startClass();
  const other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("x".repeat(100_000)),
  );
  const join = (port: number) => faultOf({ host: "127.0.0.1", port }, "Ann");
  const { port } = other.addr;
  assertEquals(
    (await join(port)).message,
    `No class runs at 127.0.0.1:${port}: another server answers there.`,
  );
  await other.shutdown();
  assertMatch(
    (await join(port)).message,
    /^Cannot reach the class at 127\.0\.0\.1:\d+: connection refused/,
  );
  server.stop();
});

/** What another server answers, and the error of a learner. */
const OTHER_SERVERS: readonly (readonly [string, string, RegExp])[] = [
  ["a greeting", "SSH-2.0-OpenSSH_9.2\r\n", /another server answers there\.$/],
  ["nothing", "", /^Cannot reach the class at .*: it has closed the connection\.$/],
  [
    "headers without end",
    `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(100_000)}`,
    /another server answers there\.$/,
  ],
  [
    "a switch of the protocol",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    /^Cannot reach the class at .*: it has closed the connection\.$/,
  ],
  [
    "half an answer",
    'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"tok',
    /closed the connection\.$/,
  ],
  [
    "a name of built-in objects",
    'HTTP/1.1 200 OK\r\n\r\n{"__proto__":{"token":"x"}}',
    /another server answers there\.$/,
  ],
];

for (const [what, answer, expected] of OTHER_SERVERS) {
  Deno.test(`class member: another server that sends ${what} is an error with a sentence`, async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { message } = await faultOf({ host: "127.0.0.1", port }, "Ann");
    assertMatch(message, expected);
    await new Promise((resolve) => server.close(resolve));
  });
}
