/** `hubbub chat --web`, as a real process on a machine without a desktop. */

import { assertEquals } from "@std/assert";
import { startProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";

const ADVICE = "Check the path of the address; a server with --no-web is joined without --web.";

/** No opener is found there. */
const env = { PATH: "/nonexistent" };

Deno.test("chat --web prints the address of the page, and says when it cannot be opened", async () => {
  await using server = await startServer();
  const target = `127.0.0.1:${server.port}`;
  await using plain = startProgram(["chat", target, "--web"], { env });
  assertEquals(await plain.exit, 1);
  assertEquals(await plain.stdout.all(), `http://${target}/\n`);
  assertEquals(
    await plain.stderr.all(),
    "No browser could be opened. Open the address above in one.\n",
  );
  const parameters = ["chat", target, "--web", "--name", "Ann B", "--room", "tea"];
  await using named = startProgram(parameters, { env });
  assertEquals(await named.exit, 1);
  assertEquals(await named.stdout.all(), `http://${target}/#name=Ann+B&room=tea\n`);
});

Deno.test("chat --web over TLS, to a server without a page, and to none", async () => {
  await using encrypted = await startServer({ tls: "self-signed" });
  const insecure = ["chat", `127.0.0.1:${encrypted.port}`, "--web", "--insecure"];
  await using opened = startProgram(insecure, { env });
  assertEquals(await opened.exit, 1);
  assertEquals(await opened.stdout.all(), `https://127.0.0.1:${encrypted.port}/\n`);

  await using bare = await startServer({ web: false });
  await using none = startProgram(["chat", `127.0.0.1:${bare.port}`, "--web"], { env });
  assertEquals(await none.exit, 1);
  assertEquals(
    await none.stderr.all(),
    `There is no page at http://127.0.0.1:${bare.port}/: the server answered 404. ${ADVICE}\n`,
  );
  await using refused = startProgram(["chat", "127.0.0.1:1", "--web"], { env });
  assertEquals(await refused.exit, 3);
  assertEquals(
    await refused.stderr.all(),
    "Cannot connect to 127.0.0.1:1: connection refused. Is the server running?\n",
  );
});

Deno.test("chat --web below a wrong path, by a name that is not allowed, and with several rooms", async () => {
  await using server = await startServer();
  const target = `127.0.0.1:${server.port}`;
  await using path = startProgram(["chat", `http://${target}/tea`, "--web"], { env });
  assertEquals(
    [await path.stderr.all(), await path.exit],
    [`There is no page at http://${target}/tea/: the server answered 404. ${ADVICE}\n`, 1],
  );
  // A short form of 127.0.0.1, which is a name for HTTP.
  await using name = startProgram(["chat", `127.1:${server.port}`, "--web"], { env });
  assertEquals(
    [await name.stderr.all(), await name.exit],
    [
      "The server does not accept the name 127.1 in the address. " +
      "Use its IP address, or start it with --allow-host 127.1.\n",
      1,
    ],
  );
  const rooms = ["--room", "#tea", "--room", "lobby", "--room", "ci"];
  await using several = startProgram(["chat", target, "--web", ...rooms], { env });
  assertEquals(await several.stdout.all(), `http://${target}/#room=tea\n`);
  assertEquals(
    await several.stderr.all(),
    "The page opens with the room tea only. Join lobby, ci there.\n" +
      "No browser could be opened. Open the address above in one.\n",
  );
  assertEquals(await several.exit, 1);
});
