/**
 * A file is sent while others chat: they are not held up, and the server keeps nothing of it.
 *
 * `HUBBUB_TEST_FILE_MB=100` sends more than the 8 MB of every day.
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { ChatClient } from "../../client/mod.ts";
import { firstGood } from "../support/attempts.ts";
import { LineReader, PROJECT, startServe } from "../support/program.ts";

const FILE_BYTES = Number(Deno.env.get("HUBBUB_TEST_FILE_MB") ?? 8) * 1_000_000;
const CHATTERS = 50;

/** Milliseconds between two messages of all talkers. */
const PACE_MILLISECONDS = 20;

/** What is not held up to the millisecond on a busy machine: below it nothing is compared. */
const NOTICEABLE_MILLISECONDS = 30;

/** People who talk in turn, and how long their messages take to the others. */
class Talkers {
  readonly #chats: ChatClient[] = [];
  #latencies: number[] = [];

  async join(port: number): Promise<void> {
    for (let number = 0; number < CHATTERS; number++) {
      const chat = await ChatClient.connect({ port, name: `chatter-${number}` });
      this.#chats.push(chat);
      void this.#listen(chat);
    }
  }

  /** Talks until something is done; returns the 99th percentile of the latencies. */
  async talkUntil(done: Promise<unknown>): Promise<{ p99: number; count: number }> {
    this.#latencies = [];
    let isDone = false;
    void done.finally(() => isDone = true);
    for (let turn = 0; !isDone; turn++) {
      const chat = this.#chats[turn % CHATTERS]!;
      const said = chat.send(String(performance.now()));
      await new Promise((resolve) => setTimeout(resolve, PACE_MILLISECONDS));
      await said;
    }
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, count: sorted.length };
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

async function residentBytes(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)![1]);
}

Deno.test("a file between two while fifty others chat", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-files-" });
  const talkers = new Talkers();
  try {
    const path = join(folder, "data.bin");
    const sha256 = await writeFile(path);
    await using server = await startServe(["--rate", "off", "--max-file", "1GB"]);
    await talkers.join(server.port);
    const quiet = await talkers.talkUntil(new Promise((resolve) => setTimeout(resolve, 3000)));
    const most = Math.max(2 * quiet.p99, NOTICEABLE_MILLISECONDS);
    // What else the machine does may hold up the others in the quarter of a second of one file.
    const busy = await firstGood(async () => {
      const busy = await sendFileAmong(talkers, server.port, path, sha256);
      console.log(`p99 of the others ${quiet.p99.toFixed(1)} ms before; ${busy.told}`);
      return busy;
    }, ({ p99 }) => p99 < most);
    assertLess(busy.p99, most, "milliseconds");
  } finally {
    talkers.close();
    await Deno.remove(folder, { recursive: true });
  }
});

/** Sends the file between two while the others chat; it must arrive, and not stay in the server. */
async function sendFileAmong(
  talkers: Talkers,
  port: number,
  path: string,
  sha256: string,
): Promise<{ p99: number; told: string }> {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-received-" });
  try {
    const before = await residentBytes(port);
    const pair = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "tests/e2e/file_pair.ts", String(port), path, folder],
      cwd: PROJECT,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const output = new LineReader(pair.stdout);
    await output.until(/^ready$/m);
    let peak = before;
    const arrived = output.until(/^arrived (\w+) (\d+) ms$/m);
    const stdin = pair.stdin.getWriter();
    await stdin.write(new Uint8Array([10]));
    await stdin.close();
    const watch = setInterval(async () => {
      peak = Math.max(peak, await residentBytes(port).catch(() => 0));
    }, 200);
    const { p99, count } = await talkers.talkUntil(arrived);
    clearInterval(watch);
    const [, found, milliseconds] = await arrived;
    assertEquals(found, sha256);
    assertEquals((await pair.status).code, 0);
    assert(count > 0, "others talked meanwhile");
    peak = Math.max(peak, await residentBytes(port));
    assertLess(peak - before, 64_000_000, "bytes of the server's memory");
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
    return {
      p99,
      told: `${p99.toFixed(1)} ms (${count}) while ${megabytes(FILE_BYTES)} went by in ` +
        `${milliseconds} ms; server's memory ${megabytes(before)}, ${megabytes(peak)} at most`,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

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
