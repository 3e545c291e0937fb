/**
 * Files between two clients of a real server: whole, in order, and never where they should not be.
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  ChatClient,
  ChatError,
  FileError,
  receiveFile,
  type ReceiveFileOptions,
  sendFile,
  type SendFileOptions,
} from "../../client/mod.ts";
import { MAX_CHUNK_BYTES, type ServerFrame } from "../../protocol/mod.ts";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { startServer, type TestServer } from "../support/server.ts";

/** Two folders, and two people in a chat. */
interface Scene extends AsyncDisposable {
  readonly server: TestServer;
  readonly alice: ChatClient;
  readonly bob: ChatClient;
  /** Alice's files. */
  readonly home: string;
  /** Where Bob's go. */
  readonly downloads: string;
}

async function scene(options: Parameters<typeof startServer>[0] = {}): Promise<Scene> {
  const server = await startServer(options);
  const { port } = server;
  const [alice, bob] = await Promise.all(
    ["Alice", "Bob"].map((name) => ChatClient.connect({ port, name })),
  ) as [ChatClient, ChatClient];
  const folder = await Deno.makeTempDir({ prefix: "hubbub-files-" });
  const [home, downloads] = [join(folder, "home"), join(folder, "downloads")];
  await Promise.all([home, downloads].map((path) => Deno.mkdir(path)));
  return {
    server,
    alice,
    bob,
    home,
    downloads,
    async [Symbol.asyncDispose]() {
      alice.close();
      bob.close();
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A file of Alice's with bytes that do not repeat. */
async function makeFile({ home }: Scene, name: string, size: number): Promise<string> {
  const path = join(home, name);
  const bytes = new Uint8Array(size);
  for (let start = 0; start < size; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, Math.min(start + 65_536, size)));
  }
  await Deno.writeFile(path, bytes);
  return path;
}

async function checksum(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}

/** The next event of a type. */
async function next<Type extends ServerFrame["type"]>(chat: ChatClient, type: Type) {
  for await (const frame of chat.events()) {
    if (frame.type === type) return frame as Extract<ServerFrame, { type: Type }>;
  }
  throw new Error(`The connection ended before ${type}`);
}

/** Alice offers, Bob accepts; how it went on both sides. */
async function exchange(
  { alice, bob, downloads }: Scene,
  path: string,
  { sending, receiving }: { sending?: SendFileOptions; receiving?: ReceiveFileOptions } = {},
) {
  const sent = sendFile(alice, "Bob", path, sending);
  sent.catch(() => {});
  const offer = await next(bob, "offered");
  const received = receiveFile(bob, offer, downloads, receiving);
  return await Promise.allSettled([sent, received]);
}

function reason(outcome: PromiseSettledResult<unknown>): FileError {
  assert(outcome.status === "rejected", "it should have failed");
  assert(outcome.reason instanceof FileError, String(outcome.reason));
  return outcome.reason;
}

/** What something fails with. */
async function failure<Kind extends Error>(
  work: () => Promise<unknown>,
  kind: abstract new (...parameters: never[]) => Kind,
): Promise<Kind> {
  const error = await assertRejects(work);
  assert(error instanceof kind, String(error));
  return error;
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();

for (const size of [0, 1, MAX_CHUNK_BYTES, MAX_CHUNK_BYTES + 1, 3_000_000]) {
  Deno.test(`a file of ${size} bytes arrives as it was`, async () => {
    await using here = await scene();
    const path = await makeFile(here, "data.bin", size);
    const told: number[] = [];
    const [sent, received] = await exchange(here, path, {
      sending: { onProgress: ({ bytes }) => told.push(bytes) },
    });
    assertEquals(sent, {
      status: "fulfilled",
      value: { name: "data.bin", size, receivers: ["Bob"] },
    });
    assert(received.status === "fulfilled", JSON.stringify(received));
    assertEquals(received.value, { path: join(here.downloads, "data.bin"), size });
    assertEquals(await checksum(received.value.path), await checksum(path));
    assertEquals(names(here.downloads), ["data.bin"]);
    assertEquals([told.at(0), told.at(-1)], [0, size]);
    assertEquals(told, told.toSorted((a, b) => a - b));
  });
}

Deno.test("nothing is overwritten, and nothing leaves the folder", async () => {
  await using here = await scene();
  const path = await makeFile(here, "a.txt", 10);
  await Deno.writeTextFile(join(here.downloads, "a.txt"), "mine");
  await Deno.writeTextFile(join(here.downloads, "a.txt.part"), "mine, too");
  await exchange(here, path);
  await exchange(here, path);
  assertEquals(names(here.downloads), ["a (2).txt", "a (3).txt", "a.txt", "a.txt.part"]);
  assertEquals(await Deno.readTextFile(join(here.downloads, "a.txt")), "mine");
  assertEquals(await checksum(join(here.downloads, "a (3).txt")), await checksum(path));

  const { alice, bob, downloads } = here;
  const { file } = await alice.offer("Bob", "../../home/.a.txt", 0);
  const offer = await next(bob, "offered");
  assertEquals(offer.file, file);
  alice.watch({
    received: (frame) => {
      if (frame.type !== "accepted") return;
      const sha256 = createHash("sha256").digest("hex");
      alice.post({ type: "finish", transfer: frame.transfer, sha256 });
    },
    closed: () => {},
  });
  const received = await receiveFile(bob, offer, downloads);
  assertEquals(received.path, join(downloads, "_.._home_.a.txt"));
  assertEquals(names(here.home), ["a.txt"]);
});

Deno.test("what does not have the checksum is not kept", async () => {
  await using here = await scene();
  const { alice, bob, downloads } = here;
  await alice.offer("Bob", "a.txt", 4);
  const cancelled = Promise.withResolvers<string>();
  alice.watch({
    received: (frame) => {
      if (frame.type === "cancelled") cancelled.resolve(frame.text);
      if (frame.type !== "accepted") return;
      const { transfer } = frame;
      alice.post({ type: "chunk", transfer, data: btoa("abcd") });
      alice.post({ type: "finish", transfer, sha256: "0".repeat(64) });
    },
    closed: () => {},
  });
  const error = await failure(
    async () => await receiveFile(bob, await next(bob, "offered"), downloads),
    FileError,
  );
  assertEquals(error.code, "checksum");
  assertEquals(await cancelled.promise, "Bob has cancelled it: it did not arrive as it was sent.");
  assertEquals(names(downloads), []);
});

Deno.test("a file that is refused, too large, not there, or for an absent user", async () => {
  await using here = await scene({ maxFileBytes: 1000 });
  const { alice, bob, home } = here;
  const small = await makeFile(here, "small", 1000);
  const refused = failure(() => sendFile(alice, "Bob", small), FileError);
  bob.post({ type: "refuse", file: (await next(bob, "offered")).file });
  assertEquals((await refused).message, "Bob refused small.");
  const large = await makeFile(here, "large", 1001);
  const tooLarge = await failure(() => sendFile(alice, "Bob", large), ChatError);
  assertEquals(tooLarge.code, "file_too_large");
  const missing = join(home, "missing");
  const unread = await failure(() => sendFile(alice, "Bob", missing), FileError);
  assertEquals(unread.message, `Cannot send ${missing}: there is no such file.`);
  const folder = await failure(() => sendFile(alice, "Bob", home), FileError);
  assertEquals(folder.message, `Cannot send ${home}: it is a folder.`);
  const absent = await failure(() => sendFile(alice, "Carol", small), ChatError);
  assertEquals(absent.code, "no_such_user");
});

Deno.test("in a room the sender learns who does not want a file, and the others may still have it", async () => {
  await using here = await scene();
  const { alice, bob, downloads, server: { port } } = here;
  const path = await makeFile(here, "a.bin", 1000);
  const carol = await ChatClient.connect({ port, name: "Carol" });
  const stop = new AbortController();
  const settled: (readonly [string, string | undefined])[] = [];
  const refusal = Promise.withResolvers<void>();
  const sent = sendFile(alice, "lobby", path, {
    signal: stop.signal,
    onSettled: (name, error) => {
      settled.push([name, error?.message]);
      if (error === undefined) stop.abort();
      else refusal.resolve();
    },
  });
  bob.post({ type: "refuse", file: (await next(bob, "offered")).file });
  await refusal.promise;
  await receiveFile(carol, await next(carol, "offered"), downloads);
  assertEquals((await sent).receivers, ["Carol"]);
  assertEquals(settled, [["Bob", "Bob refused a.bin."], ["Carol", undefined]]);
  carol.close();
});

Deno.test("a server with --no-files says so", async () => {
  await using here = await scene({ files: false });
  const path = await makeFile(here, "a", 1);
  const error = await failure(() => sendFile(here.alice, "Bob", path), ChatError);
  assertEquals([error.code, error.message], ["no_files", "This server relays no files."]);
});

Deno.test("an offer that stands no more cannot be accepted, and leaves nothing behind", async () => {
  await using here = await scene();
  const { alice, bob, downloads } = here;
  const { file } = await alice.offer("Bob", "a.txt", 4);
  const offer = await next(bob, "offered");
  alice.post({ type: "withdraw", file });
  await next(bob, "withdrawn");
  const error = await failure(() => receiveFile(bob, offer, downloads), ChatError);
  assertEquals(error.code, "no_such_file");
  assertEquals(names(downloads), []);
});

Deno.test("a receiver that stops at once lets the sender know", async () => {
  await using here = await scene();
  const { alice, bob, downloads } = here;
  const path = await makeFile(here, "a.bin", 1_000_000);
  const sent = failure(() => sendFile(alice, "Bob", path), FileError);
  const stop = new AbortController();
  const offer = await next(bob, "offered");
  const received = failure(
    () => receiveFile(bob, offer, downloads, { signal: stop.signal }),
    FileError,
  );
  stop.abort();
  assertEquals((await received).code, "aborted");
  assertEquals((await sent).message, "a.bin was not sent: Bob has cancelled it.");
  assertEquals(names(downloads), []);
});

for (const side of ["sending", "receiving"] as const) {
  Deno.test(`the ${side} side can stop it, and the other is notified`, async () => {
    await using here = await scene();
    const path = await makeFile(here, "a.bin", 5_000_000);
    const stop = new AbortController();
    const options = {
      signal: stop.signal,
      onProgress: ({ bytes }: { bytes: number }) => void (bytes > 0 && stop.abort()),
    };
    const [sent, received] = (await exchange(here, path, { [side]: options })).map(reason);
    const [own, other] = side === "sending" ? [sent!, received!] : [received!, sent!];
    assertEquals([own.code, own.message], ["aborted", `You have stopped ${side} a.bin.`]);
    assertEquals(other.code, "cancelled");
    assertStringIncludes(other.message, "has cancelled it.");
    assertEquals(names(here.downloads), []);
  });
}

for (
  const [how, change] of [
    ["shorter", (path: string) => Deno.truncate(path, 1000)],
    ["longer", (path: string) => Deno.writeTextFile(path, "more", { append: true })],
  ] as const
) {
  Deno.test(`a file that becomes ${how} while it is sent is not taken for whole`, async () => {
    await using here = await scene();
    const path = await makeFile(here, "a.log", 5_000_000);
    const [sent, received] = await exchange(here, path, {
      sending: { onProgress: ({ bytes }) => void (bytes === 0 && change(path)) },
    });
    const error = reason(sent!);
    assertEquals(error.code, "changed");
    assertEquals(error.message, `a.log has become ${how} while it was sent. Send it again.`);
    assertStringIncludes(reason(received!).message, `a.log has become ${how}`);
    assertEquals(names(here.downloads), []);
  });
}

Deno.test("a receiver that accepts and vanishes, a sender that vanishes: one line each", async () => {
  await using here = await scene();
  const path = await makeFile(here, "a.bin", 5_000_000);
  const { alice, bob, server: { port }, downloads } = here;
  const sent = failure(() => sendFile(alice, "Bob", path), FileError);
  await bob.accept((await next(bob, "offered")).file);
  bob.close();
  assertEquals((await sent).message, "a.bin was not sent: Bob is gone.");

  const carol = await ChatClient.connect({ port, name: "Carol" });
  sendFile(alice, "Carol", path).catch(() => {});
  const offer = await next(carol, "offered");
  const onProgress = ({ bytes }: { bytes: number }) => void (bytes > 0 && alice.close());
  const error = await failure(
    () => receiveFile(carol, offer, downloads, { onProgress }),
    FileError,
  );
  assertEquals(error.message, "a.bin did not arrive: Alice is gone.");
  assertEquals(names(downloads), []);
  carol.close();
});

Deno.test("a disk that is full while receiving: one line on both sides, and nothing is left", async () => {
  await using here = await scene();
  const { code, stderr } = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", "size=1m", "tmpfs", here.downloads],
    stderr: "piped",
  }).output().catch((error) => ({ code: 1, stderr: new TextEncoder().encode(String(error)) }));
  if (code !== 0) {
    const why = new TextDecoder().decode(stderr).trim();
    return console.log(`skipped: a small disk cannot be mounted here: ${why}`);
  }
  try {
    const path = await makeFile(here, "a.bin", 3_000_000);
    const [sent, received] = await exchange(here, path);
    assertEquals(reason(received!).code, "disk_full");
    assertEquals(reason(received!).message, "Cannot save a.bin: the disk is full.");
    assertEquals(
      reason(sent!).message,
      "a.bin was not sent: Bob has cancelled it: the disk is full.",
    );
    assertEquals(names(here.downloads), []);
  } finally {
    await new Deno.Command("umount", { args: ["-l", here.downloads] }).output();
  }
});

Deno.test("a file to the room reaches each who accepts, and ends when it is withdrawn", async () => {
  await using here = await scene();
  const { alice, bob, downloads, server: { port } } = here;
  const carol = await ChatClient.connect({ port, name: "Carol" });
  const path = await makeFile(here, "a.bin", 300_000);
  const stop = new AbortController();
  const settled: string[] = [];
  const sent = sendFile(alice, "lobby", path, {
    signal: stop.signal,
    onSettled: (name, error) => {
      settled.push(name);
      assertEquals(error, undefined);
      if (settled.length === 2) stop.abort();
    },
  });
  await Promise.all(
    [bob, carol].map(async (chat) => receiveFile(chat, await next(chat, "offered"), downloads)),
  );
  assertEquals((await sent).receivers.toSorted(), ["Bob", "Carol"]);
  assertEquals(names(downloads), ["a (2).bin", "a.bin"]);
  carol.close();
});

Deno.test("a file from a ChatClient reaches a WebSocket, and back", async () => {
  await using here = await scene();
  const { alice, downloads, server: { port } } = here;
  const page = await RawWebSocket.open(port);
  page.sendFrame({ type: "hello", name: "Page" });
  await page.frame("welcome");
  const path = await makeFile(here, "a.bin", 200_000);
  const sent = sendFile(alice, "Page", path);
  const { file, name, size } = await page.frame("offered");
  page.sendFrame({ type: "accept", file });
  const { transfer } = await page.frame("accepted");
  const hash = createHash("sha256");
  for (let bytes = 0; bytes < size;) {
    const piece = Uint8Array.fromBase64((await page.frame("chunk")).data);
    hash.update(piece);
    bytes += piece.length;
    page.sendFrame({ type: "received", transfer, bytes });
  }
  const sha256 = hash.digest("hex");
  assertEquals((await page.frame("finish")).sha256, sha256);
  page.sendFrame({ type: "complete", transfer });
  assertEquals((await sent).receivers, ["Page"]);

  const bytes = await Deno.readFile(path);
  page.sendFrame({ type: "offer", to: "Alice", name, size, id: "1" });
  assertEquals((await page.frame("ack")).id, "1");
  const received = receiveFile(alice, await next(alice, "offered"), downloads);
  const back = await page.frame("accepted");
  for (let start = 0; start < size; start += MAX_CHUNK_BYTES) {
    const data = bytes.subarray(start, start + MAX_CHUNK_BYTES).toBase64();
    page.sendFrame({ type: "chunk", transfer: back.transfer, data });
  }
  page.sendFrame({ type: "finish", transfer: back.transfer, sha256 });
  assertEquals(await checksum((await received).path), sha256);
  await page.frame("complete");
  page.client.close();
});

Deno.test("a user with nc learns that there is a file, and what takes it", async () => {
  await using here = await scene();
  const { alice, server: { port } } = here;
  const person = await RawClient.join(port, "Nat");
  const path = await makeFile(here, "a.bin", 2_345_678);
  const error = await failure(() => sendFile(alice, "Nat", path), ChatError);
  assertEquals(error.code, "cannot_receive");
  await person.until(
    "*** Alice offers the file a.bin (2.3 MB). " +
      "hubbub chat on a terminal and browsers can receive it. ***\n",
  );
  person.close();
});

Deno.test("files are counted in /metrics, and never in the history", async () => {
  await using here = await scene();
  const path = await makeFile(here, "a.bin", 100_000);
  await exchange(here, path);
  const metrics = await (await fetch(`http://127.0.0.1:${here.server.port}/metrics`)).text();
  assertStringIncludes(metrics, "\nhubbub_relayed_file_bytes_total 100000\n");
  assertStringIncludes(metrics, "\nhubbub_file_transfers 0\n");
  here.bob.post({ type: "history" });
  assertEquals((await next(here.bob, "history")).messages, []);
});
