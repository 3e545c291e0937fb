/** Requests over HTTP with anything in them, from a seed: each has a valid answer, or a clean close. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { connect } from "node:net";
import { join } from "node:path";
import { Random } from "../simulation/random.ts";
import { eventually } from "../support/eventually.ts";
import { cutAnswer, type HttpAnswer, httpRequest } from "../support/http_answers.ts";
import {
  damaged,
  framedRequest,
  FUZZ_ROOMS,
  FUZZ_TOKEN,
  type FuzzRequest,
  piecesOf,
} from "../support/http_fuzzing.ts";
import { readMetric, untilMetric } from "../support/metrics.ts";
import { startServer, type TestServer } from "../support/server.ts";

const SEED = 20_260_131;

/** Connections at one time. */
const PARALLEL = 24;

/** Time after which a connection without an answer must be closed: the limit of a request, and reserve
 * for a machine that is busy. */
const CLOSED_MILLISECONDS = 20_000;

/** Sends bytes in some pieces, and returns all that came until the close. */
function send(port: number, pieces: readonly string[], isEnded: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    let received = "";
    socket.setEncoding("latin1");
    socket.setNoDelay(true);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`not closed: ${JSON.stringify([pieces.join(""), received])}`));
    }, CLOSED_MILLISECONDS);
    socket.on("data", (chunk: string) => received += chunk);
    socket.on("end", () => socket.end());
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(received);
    });
    const write = (index: number): void => {
      if (index < pieces.length) {
        socket.write(pieces[index]!, "latin1", () => write(index + 1));
      } else if (isEnded) socket.end();
    };
    write(0);
  });
}

/**
 * Checks the answers to requests: at most one for each, in order, whole, and nothing behind the last.
 *
 * @returns the final ones.
 */
function checkAnswers(requests: readonly FuzzRequest[], received: string): HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  let rest = received;
  for (const { method, room, bytes } of requests) {
    let isFinal = false;
    while (!isFinal) {
      if (rest === "") return answers;
      // A stream of events, or a WebSocket.
      const opened =
        /^HTTP\/1\.1 (?:101 |200 [^]*?\r\nContent-Type: (?:text\/event-stream|application\/x-ndjson)\r\n)/;
      if (method === "GET" && opened.test(rest.slice(0, rest.indexOf("\r\n\r\n") + 4))) {
        return answers;
      }
      const cut = cutAnswer(rest, method);
      assert(cut !== undefined, `an answer that is cut: ${rest}`);
      const { answer } = cut;
      rest = cut.rest;
      isFinal = answer.status >= 200;
      if (!isFinal) continue;
      answers.push(answer);
      assert(answer.status !== 500, `${JSON.stringify(bytes)}: ${answer.body}`);
      if (room !== undefined && answer.status === 200) {
        assertEquals(JSON.parse(answer.body).room, room);
      }
      if (answer.headers.get("connection") === "close") {
        const length = Number(answer.headers.get("content-length"));
        const isBody = method === "HEAD" && rest.length === length;
        assert(rest === "" || isBody, `bytes after the last answer: ${received}`);
        return answers;
      }
    }
  }
  assertEquals(rest, "", "more answers than requests");
  return answers;
}

/** Runs jobs, some at a time. */
async function runAll(count: number, job: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) await job(next++);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

/** A server that must be as before once a test has sent all. */
async function withServer(run: (server: TestServer) => Promise<void>): Promise<void> {
  const data = await Deno.makeTempDir();
  try {
    await using server = await startServer({
      ...{ data, storeFilesBytes: 1_000_000, maxFileBytes: 100_000, rooms: FUZZ_ROOMS },
      ...{ hooks: [{ room: "room0", token: FUZZ_TOKEN }], requestMilliseconds: 2000 },
    });
    await run(server);
    await untilMetric(server.port, "hubbub_connections", 1);
    assertEquals(await readMetric(server.port, "hubbub_internal_errors_total"), 0);
    assertEquals(server.log.filter(({ level }) => level === "error"), []);
    await eventually(
      () =>
        [...Deno.readDirSync(join(data, "files"))].every(({ name }) => /^[\da-f]{64}$/.test(name)),
      "no partial files",
    );
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

Deno.test("http fuzz: any requests with a right end have their own answers, in order", async () => {
  await withServer(async ({ port }) => {
    const seeds = new Random(SEED);
    const forks = Array.from({ length: 300 }, () => seeds.fork());
    let kept = 0;
    const half = async (first: number) => {
      await runAll(forks.length / 2, async (index) => {
        const random = forks[first + index]!;
        const requests = Array.from({ length: random.whole(1, 5) }, () => framedRequest(random));
        const bytes = requests.map((request) => request.bytes).join("");
        const received = await send(port, piecesOf(random, bytes), random.chance(0.97));
        kept += Math.max(checkAnswers(requests, received).length - 1, 0);
      });
      return Deno.memoryUsage().heapUsed;
    };
    const before = await half(0);
    const after = await half(forks.length / 2);
    assertLess(after - before, 64_000_000);
    assertLess(150, kept, "answers after others on their connection");
  });
});

Deno.test("http fuzz: damaged requests have valid answers, and are closed in time", async () => {
  await withServer(async ({ port }) => {
    const seeds = new Random(SEED + 1);
    const forks = Array.from({ length: 300 }, () => seeds.fork());
    await runAll(forks.length, async (index) => {
      const random = forks[index]!;
      const requests = Array.from({ length: random.whole(1, 3) }, () => framedRequest(random));
      const whole = damaged(random, requests.map((request) => request.bytes).join(""));
      const bytes = random.chance(0.3) ? whole.slice(0, random.whole(9, whole.length)) : whole;
      const received = await send(port, piecesOf(random, bytes), random.chance(0.97));
      assert(/^(?:HTTP\/1\.1 [1-5]\d\d |$)/.test(received), JSON.stringify([bytes, received]));
      assert(!/HTTP\/1\.1 500 /.test(received), JSON.stringify([bytes, received]));
    });
  });
});

Deno.test("http fuzz: requests that are cut at any byte", async () => {
  await withServer(async ({ port }) => {
    const requests: FuzzRequest[] = [
      { method: "HEAD", bytes: httpRequest("HEAD /healthz") },
      { method: "POST", bytes: httpRequest("POST /rooms/cut", ["Content-Length: 5"], "short") },
      {
        method: "POST",
        bytes: httpRequest(
          "POST /rooms/cut",
          ["Transfer-Encoding: chunked"],
          "2\r\nxy\r\n0\r\n\r\n",
        ),
      },
      {
        method: "PUT",
        bytes: httpRequest(
          "PUT /rooms/cut/files/a",
          ["Transfer-Encoding: chunked"],
          "1\r\nz\r\n0\r\n\r\n",
        ),
      },
    ];
    const statuses = [200, 201, 201, 201];
    const ends = requests.map((_, index) =>
      requests.slice(0, index + 1).reduce((sum, { bytes }) => sum + bytes.length, 0)
    );
    const whole = requests.map(({ bytes }) => bytes).join("");
    await runAll(whole.length - 9, async (index) => {
      const cut = 10 + index;
      const received = await send(port, [whole.slice(0, cut)], true);
      const complete = ends.filter((end) => end <= cut).length;
      const found = checkAnswers(requests, received).map(({ status }) => status);
      const isBetween = cut === (ends[complete - 1] ?? 0);
      assertEquals(
        found,
        [...statuses.slice(0, complete), ...isBetween ? [] : [400]],
        `cut at ${cut}`,
      );
    });
  });
});
