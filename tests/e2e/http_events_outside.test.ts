/**
 * Streams of rooms with the tools of others: curl across crashes of the server, and proxies with their
 * default buffering.
 */

import { assert, assertEquals } from "@std/assert";
import { freePort } from "../support/addresses.ts";
import { hasCommand } from "../support/commands.ts";
import { hasProxy, startHaproxy, startNginx } from "../support/front_proxy.ts";
import { LineReader, type Program, startProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";

/** Crashes of the server. */
const ROUNDS = 3;
/** Messages after which the server is killed. */
const MESSAGES_PER_ROUND = 12;

const withoutCurl = !hasCommand("curl", "--version");
if (withoutCurl) console.log("left out: tests with curl, which is not on this machine");

/** Runs curl to its end. @returns whether it got an answer of the server's. */
async function publish(port: number, text: string): Promise<boolean> {
  const { success } = await new Deno.Command("curl", {
    args: ["-sf", "--noproxy", "*", "-d", text, `http://127.0.0.1:${port}/rooms/alerts`],
    ...{ stdin: "null", stdout: "null", stderr: "null" },
  }).output();
  return success;
}

/** A user of `curl -N`, who starts it again with the last number after each end of the stream. */
class Tail {
  /** The printed messages. */
  readonly messages: { readonly seq: number; readonly text: string }[] = [];
  #child: Deno.ChildProcess | undefined;
  #printed: LineReader | undefined;

  constructor(private readonly port: number, private readonly accept: string) {}

  start(): void {
    const since = this.messages.at(-1)?.seq ?? 0;
    const url = `http://127.0.0.1:${this.port}/rooms/alerts/events?since=${since}`;
    this.#child = new Deno.Command("curl", {
      args: ["-sN", "--noproxy", "*", "-H", `Accept: ${this.accept}`, url],
      ...{ stdin: "null", stdout: "piped", stderr: "null" },
    }).spawn();
    this.#printed = new LineReader(this.#child.stdout);
  }

  async until(text: string): Promise<void> {
    await this.#printed!.until(new RegExp(`"text":"${text}".*\n`));
  }

  /** Waits for the end of the stream, and reads what was printed. */
  async ended(): Promise<void> {
    await this.#child!.status;
    // The last line may be cut off.
    for (const line of (await this.#printed!.all()).split("\n").slice(0, -1)) {
      const json = line.replace(/^data: /, "");
      if (json.startsWith("{")) this.messages.push(JSON.parse(json));
    }
  }

  async stop(): Promise<void> {
    this.#child!.kill();
    await this.ended();
  }
}

Deno.test({
  name: `curl follows a room while the server is killed ${ROUNDS} times: nothing lost or doubled`,
  ignore: withoutCurl || Deno.build.os === "windows",
  async fn() {
    const data = await Deno.makeTempDir();
    const port = freePort();
    const start = async () => {
      const options = ["--data", data, "--rooms", "alerts", "--log-level", "warn", "--rate", "off"];
      const server = startProgram(["serve", "--port", String(port), ...options]);
      await server.stdout.until(/^Listening on /m);
      return server;
    };
    const tails = ["text/event-stream", "application/x-ndjson"].map((type) => new Tail(port, type));
    const accepted: string[] = [];
    let server: Program = await start();
    for (let round = 0; round < ROUNDS; round++) {
      for (const tail of tails) tail.start();
      for (let number = 0; number < MESSAGES_PER_ROUND; number++) {
        const text = `${round}-${number}`;
        // The last one is on its way while the server is killed.
        const sent = publish(port, text);
        if (number === MESSAGES_PER_ROUND - 1) server.child.kill("SIGKILL");
        if (await sent) accepted.push(text);
        if (number === 0) { for (const tail of tails) await tail.until(text); }
      }
      await server[Symbol.asyncDispose]();
      for (const tail of tails) await tail.ended();
      server = await start();
      assert(await publish(port, `missed-${round}`));
      accepted.push(`missed-${round}`);
    }
    const answer = await fetch(`http://127.0.0.1:${port}/rooms/alerts/messages?limit=500`);
    const stored: { seq: number; text: string }[] = (await answer.json()).messages;
    for (const tail of tails) {
      tail.start();
      await tail.until(accepted.at(-1)!);
      await tail.stop();
      const seen = tail.messages.map(({ seq, text }) => `${seq} ${text}`);
      assertEquals(seen, stored.map(({ text }, at) => `${at + 1} ${text}`));
      const texts = tail.messages.map(({ text }) => text);
      assertEquals(texts.filter((text) => accepted.includes(text)), accepted);
    }
    await server[Symbol.asyncDispose]();
    await Deno.remove(data, { recursive: true });
  },
});

/** Follows a room through a proxy, for longer than its time limit of 1.5 s. */
async function followThrough(
  startProxy: (port: number, upstream: number) => Promise<AsyncDisposable>,
): Promise<void> {
  await using server = await startServer({ pingMilliseconds: 150 });
  const port = freePort();
  await using _proxy = await startProxy(port, server.port);
  const lobby = `http://127.0.0.1:${port}/rooms/lobby`;
  const post = async (body: string) => {
    const answer = await fetch(lobby, { method: "POST", body });
    assertEquals((await answer.json()).from, "script");
  };
  await post("before");
  const answer = await fetch(`${lobby}/events`, { headers: { "Last-Event-ID": "0" } });
  assertEquals(answer.headers.get("content-type"), "text/event-stream");
  const stream = new LineReader(answer.body!);
  await stream.until(/^id: 1\ndata: .*"before".*\n\n/m);
  await stream.until(/(:\n\n){12}/);
  await post("after");
  await stream.until(/^id: 2\ndata: .*"after".*\n\n/m);
  await server.server.stop();
  await stream.all();
}

Deno.test({
  name: "nginx with its default buffering holds no message of a stream back",
  ignore: !hasProxy("nginx"),
  fn: () =>
    followThrough((port, upstream) =>
      startNginx(
        `server {
          listen 127.0.0.1:${port};
          location / { proxy_pass http://127.0.0.1:${upstream}; proxy_read_timeout 1500ms; }
        }`,
        [port],
      )
    ),
});

Deno.test({
  name: "haproxy holds no message of a stream back",
  ignore: !hasProxy("haproxy"),
  fn: () =>
    followThrough((port, upstream) =>
      startHaproxy(
        `defaults
  mode http
  timeout connect 5s
  timeout client 1500ms
  timeout server 1500ms
listen chat
  bind 127.0.0.1:${port}
  server chat 127.0.0.1:${upstream}
`,
        [port],
      )
    ),
});
