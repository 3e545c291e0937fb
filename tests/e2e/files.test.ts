/**
 * Files between two clients of a real server: whole, in order, and never where they should not be.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { ChatClient, ChatError, receiveFile, sendFile } from "../../client/mod.ts";
import { MAX_CHUNK_BYTES } from "../../protocol/mod.ts";
import {
  checksum,
  exchange,
  failure,
  makeFile,
  names,
  next,
  scene,
} from "../support/file_scene.ts";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";

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

Deno.test("a file arrives over WebSocket as it was", async () => {
  await using here = await scene({}, (port) => ({ url: `ws://127.0.0.1:${port}/` }));
  const path = await makeFile(here, "data.bin", 3_000_000);
  const [sent, received] = await exchange(here, path);
  assertEquals(sent.status, "fulfilled");
  assert(received.status === "fulfilled", JSON.stringify(received));
  assertEquals(await checksum(received.value.path), await checksum(path));
});

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
