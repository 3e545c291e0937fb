/**
 * Files that a server keeps, posted by scripts, the library and `hubbub send`.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import {
  ChatClient,
  ChatError,
  ConnectionError,
  FileError,
  openTcp,
  postFile,
} from "../../client/mod.ts";
import { freePort } from "../support/addresses.ts";
import { eventually } from "../support/eventually.ts";
import { runProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";
import { PNG, scene, sha256 } from "../support/stored_files.ts";

/** The class and the code of the error of a promise. */
async function failure(promise: Promise<unknown>): Promise<unknown[]> {
  const error = await promise.then(() => undefined, (error) => error);
  return [error?.constructor, error?.code];
}

Deno.test("a script posts a file with its name alone, as curl -T does", async () => {
  await using here = await scene();
  const base = `http://127.0.0.1:${here.server.port}/rooms`;
  const put = (room: string, headers: Record<string, string> = {}) =>
    fetch(`${base}/${room}/files/a.png`, { method: "PUT", body: new Uint8Array(PNG), headers })
      .then(async (answer) => ({ status: answer.status, answer: await answer.json() }));
  const basic = (words: string) => ({ "Authorization": `Basic ${btoa(words)}` });
  assertEquals((await put("lobby")).status, 201);
  const { from, file } = await here.ann.frame("message");
  assertEquals([from, file.hash], ["script", sha256(PNG)]);
  assertEquals((await put("lobby", basic("cron:"))).status, 201);
  assertEquals((await here.ann.frame("message")).from, "cron");
  // The room is made, and its file stays.
  const made = await put("alerts", basic("cron:"));
  assertEquals([made.status, made.answer.room], [201, "alerts"]);
  for (
    const [headers, status, code] of [
      [basic("Ann:"), 409, "name_taken"],
      [basic("system:"), 409, "name_reserved"],
      [{ "Authorization": "Digest x" }, 401, "wrong_password"],
    ] as const
  ) {
    const refused = await put("lobby", headers);
    assertEquals([refused.status, refused.answer.code], [status, code]);
  }
  await eventually(() => here.stored().length === 1, "no more than the file");
});

Deno.test("the token of a session has priority over credentials for a proxy, and is a bearer token, too", async () => {
  await using here = await scene();
  const { token, put } = here;
  for (
    const headers of [
      { "Authorization": `Bearer ${token}` },
      { "Authorization": "", "Session-Token": token },
      { "Authorization": `Basic ${btoa("proxy:secret")}`, "Session-Token": token },
      { "Authorization": "Bearer of-a-proxy", "Session-Token": token },
    ]
  ) {
    const posted = await put("a.png", PNG, headers);
    assertEquals([posted.status, (await posted.json()).name], [201, "a.png"]);
    assertEquals((await here.ann.frame("message")).from, "Ann");
  }
  const refused = await put("a.png", PNG, { "Session-Token": "x" });
  assertEquals([refused.status, (await refused.json()).code], [401, "no_session"]);
});

Deno.test("the library posts a file, and says why it was not posted", async () => {
  await using here = await scene({ maxFileBytes: 100_000 });
  const folder = await Deno.makeTempDir();
  const chat = await ChatClient.connect({ port: here.server.port, name: "Bob" });
  const store = chat.fileStore!;
  const [path, large] = [join(folder, "a b.png"), join(folder, "large")];
  await Deno.writeFile(path, PNG);
  await Deno.writeFile(large, new Uint8Array(100_001));
  const told: number[] = [];
  const file = await postFile(store, "lobby", path, {
    onProgress: ({ bytes }) => told.push(bytes),
  });
  assertEquals([file.name, file.hash, told], ["a b.png", sha256(PNG), [PNG.length]]);
  assertEquals((await here.ann.frame("message")).file, file);
  for (const room of ["tea", "../x"]) {
    assertEquals(await failure(postFile(store, room, path)), [ChatError, "not_in_room"]);
  }
  assertEquals(await failure(postFile(store, "lobby", large)), [ChatError, "file_too_large"]);
  // The server refuses it, too, while it is still sent.
  const unchecked = { ...store, maxBytes: 1_000_000 };
  assertEquals(await failure(postFile(unchecked, "lobby", large)), [ChatError, "file_too_large"]);
  assertEquals(await failure(postFile(store, "lobby", join(folder, "no"))), [
    FileError,
    "unreadable",
  ]);
  const stop = new AbortController();
  const { signal } = stop;
  const onProgress = () => stop.abort();
  const stopped = postFile(store, "lobby", path, { signal, onProgress });
  assertEquals(await failure(stopped), [FileError, "aborted"]);
  const nowhere = { ...store, endpoint: { host: "127.0.0.1", port: await freePort() } };
  const open: typeof store.open = (listener) => openTcp(nowhere.endpoint, listener);
  assertEquals(await failure(postFile({ ...nowhere, open }, "lobby", path)), [
    ConnectionError,
    "refused",
  ]);
  await chat.quit();
  assertEquals(chat.fileStore, undefined);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("hubbub send posts a file in a room, or reports the reason", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "cat.png");
  await Deno.writeFile(path, PNG);
  {
    await using here = await scene();
    const [host, name] = [`127.0.0.1:${here.server.port}`, "Cron"];
    const sent = await runProgram(["send", host, "--name", name, "--file", path]);
    assertEquals([sent.code, sent.stderr], [0, ""]);
    assertMatch((await here.ann.frame("message")).text, /^cat\.png \(33 bytes\) http:/);
  }
  await using without = await startServer();
  const refused = await runProgram(["send", `127.0.0.1:${without.port}`, "--file", path]);
  assertEquals(refused.code, 1);
  assertMatch(refused.stderr, /^This server stores no files\./);
  await Deno.remove(folder, { recursive: true });
});
