/**
 * Files are sent while others chat: the messages are not delayed, and the server stores nothing of the
 * files.
 *
 * `HUBBUB_TEST_FILE_MB=100` sends files of more than the usual 8 MB.
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { ChatClient } from "../../client/mod.ts";
import { LineReader, PROJECT, startServe } from "../support/program.ts";

const FILE_BYTES = Number(Deno.env.get("HUBBUB_TEST_FILE_MB") ?? 8) * 1_000_000;
const CHATTERS = 50;

/** Files that are sent; after each the chat goes on without one, to compare with. Odd, for a median. */
const FILES = 11;

/** Milliseconds between two messages of all chatters. */
const PACE_MILLISECONDS = 20;

/** Delays below this are not compared: the timers of a busy machine are no more precise. */
const NOTICEABLE_MILLISECONDS = 30;

/** Most memory that the server may need for a file. */
const MEMORY_BYTES = 64_000_000;

/** Clients that send messages in turn, and the latencies of these. */
class Chatters {
  readonly #chats: ChatClient[] = [];
  #latencies: number[] = [];

  async join(port: number): Promise<void> {
    for (let number = 0; number < CHATTERS; number++) {
      const chat = await ChatClient.connect({ port, name: `chatter-${number}` });
      this.#chats.push(chat);
      void this.#listen(chat);
    }
  }

  /** Sends messages until a promise is settled; returns the 99th percentile of their latencies. */
  async chatUntil(done: Promise<unknown>): Promise<number> {
    this.#latencies = [];
    let isDone = false;
    void done.finally(() => isDone = true);
    for (let turn = 0; !isDone; turn++) {
      const sent = this.#chats[turn % CHATTERS]!.send(String(performance.now()));
      await new Promise((resolve) => setTimeout(resolve, PACE_MILLISECONDS));
      await sent;
    }
    assert(this.#latencies.length > 0, "messages were delivered");
    return this.#latencies.toSorted((a, b) => a - b)[Math.floor(this.#latencies.length * 0.99)]!;
  }

  close(): void {
    for (const chat of this.#chats) chat.close();
  }

  async #listen(chat: ChatClient): Promise<void> {
    for await (const frame of chat.events()) {
      if (frame.type === "message") this.#latencies.push(performance.now() - Number(frame.text));
    }
  }
}

/** A sender and a receiver of files, in a process of their own. */
class FilePair {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: LineReader;

  constructor(port: number, path: string, folder: string) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "tests/e2e/file_pair.ts", String(port), path, folder],
      cwd: PROJECT,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#output = new LineReader(this.#process.stdout);
  }

  async ready(): Promise<void> {
    await this.#output.until(/^ready$/m);
  }

  /** Sends the file; returns the SHA-256 of the received one, and the duration. */
  async send(): Promise<{ readonly sha256: string; readonly milliseconds: number }> {
    this.#output.text = "";
    await this.#stdin.write(new Uint8Array([10]));
    const [, sha256, milliseconds] = await this.#output.until(/^arrived (\w+) (\d+) ms$/m);
    return { sha256: sha256!, milliseconds: Number(milliseconds) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close();
    assertEquals((await this.#process.status).code, 0);
    await this.#output.all();
  }
}

async function residentBytes(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)![1]);
}

/** The highest resident memory of a server until a promise is settled. */
async function peakBytes(port: number, done: Promise<unknown>): Promise<number> {
  let peak = 0;
  let isDone = false;
  void done.finally(() => isDone = true);
  while (!isDone) {
    peak = Math.max(peak, await residentBytes(port));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return Math.max(peak, await residentBytes(port));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

// What delays messages on the machine itself comes with files and without. In turns, the medians differ
// only by what each file does.
Deno.test("files between two clients while fifty others chat", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-files-" });
  const chatters = new Chatters();
  try {
    const path = join(folder, "data.bin");
    const sha256 = await writeFile(path);
    await using server = await startServe(["--rate", "off", "--max-file", "1GB"]);
    await chatters.join(server.port);
    await using pair = new FilePair(server.port, path, await Deno.makeTempDir({ dir: folder }));
    await pair.ready();
    const quiet: number[] = [];
    const busy: number[] = [];
    const durations: number[] = [];
    const memory: number[] = [];
    for (let file = 0; file < FILES; file++) {
      const before = await residentBytes(server.port);
      const sent = pair.send();
      const peak = peakBytes(server.port, sent);
      busy.push(await chatters.chatUntil(sent));
      const received = await sent;
      assertEquals(received.sha256, sha256);
      durations.push(received.milliseconds);
      memory.push(await peak - before);
      assertLess(memory.at(-1)!, MEMORY_BYTES, "bytes of the server's memory");
      const pause = new Promise((resolve) => setTimeout(resolve, received.milliseconds));
      quiet.push(await chatters.chatUntil(pause));
    }
    console.log(
      `p99 of the others ${median(quiet).toFixed(1)} ms, and ${median(busy).toFixed(1)} ms while ` +
        `${FILE_BYTES / 1e6} MB pass in ${median(durations)} ms; server's memory at most ` +
        `${(Math.max(...memory) / 1e6).toFixed(0)} MB more`,
    );
    assertLess(median(busy), Math.max(2 * median(quiet), NOTICEABLE_MILLISECONDS), "milliseconds");
  } finally {
    chatters.close();
    await Deno.remove(folder, { recursive: true });
  }
});

/** Writes a file with bytes that do not repeat; returns its SHA-256. */
async function writeFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { write: true, create: true });
  for (let written = 0; written < FILE_BYTES;) {
    const piece = crypto.getRandomValues(new Uint8Array(Math.min(50_000, FILE_BYTES - written)));
    hash.update(piece);
    written += await file.write(piece);
  }
  return hash.digest("hex");
}
