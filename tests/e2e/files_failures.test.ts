/** Files that are refused, withdrawn, damaged or left half: both sides learn why, and nothing is left. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ChatClient, ChatError, FileError, receiveFile, sendFile } from "../../client/mod.ts";
import { exchange, failure, makeFile, names, next, reason, scene } from "../support/file_scene.ts";

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
