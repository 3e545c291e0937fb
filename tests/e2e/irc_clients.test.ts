/**
 * Clients of IRC that others have written: irssi, weechat, ii, sic and the library irc-framework. Those that
 * are not installed are left out.
 */

import { assertEquals } from "@std/assert";
import { addAccount } from "../support/accounts.ts";
import { freePort, untilFree } from "../support/addresses.ts";
import { hasCommand } from "../support/commands.ts";
import { eventually } from "../support/eventually.ts";
import { IRC_PROGRAMS, startCommand, temporaryFolder } from "../support/irc_programs.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

/** Waits until a file has a text. */
function untilIn(read: () => Promise<string>, expected: RegExp): Promise<void> {
  return eventually(async () => expected.test(await read()), String(expected));
}

/** Ann, a user of nc, in a lobby with one message. */
async function annWithHistory(port: number): Promise<RawClient> {
  const ann = await RawClient.join(port, "Ann");
  ann.send("before you came\n");
  // The answer shows that the message was handled.
  ann.send("/users\n");
  await ann.until("Online users");
  return ann;
}

for (const { name, isInstalled, start } of IRC_PROGRAMS) {
  Deno.test({
    name: `${name}: two rooms, messages, history, SASL, a new name, and a restart of the server` +
      (isInstalled ? "" : " (skipped: it is not installed)"),
    ignore: !isInstalled,
    async fn() {
      await using data = await temporaryFolder();
      await addAccount(data.path, "Bob", "long enough");
      const port = freePort();
      const first = await startServer({ data: data.path, port });
      const ann = await annWithHistory(port);
      const { client: tea } = await RawClient.hello(port, { name: "Tea", rooms: ["tea"] });
      await using program = await start({ port, nick: "Bob", password: "long enough" });
      await ann.until("*** Bob has joined the chat! ***\n");
      await program.until("#lobby", "Ann", "before you came");
      await program.say("#lobby", "hello from IRC");
      await ann.until("Bob: hello from IRC\n");
      await program.act("waves");
      await ann.until("* Bob waves\n");
      await tea.frame("joined");
      await program.say("#tea", "green or black?");
      assertEquals((await tea.frame("message")).text, "green or black?");
      ann.send("hello Bob\n/whisper bob psst\n");
      await program.until("#lobby", "Ann", "hello Bob");
      await program.until("Ann", "Ann", "psst");
      await program.say("Ann", "to you");
      await ann.until("[WHISPER from Bob]: to you\n");
      await program.nick("Robert");
      await ann.until("*** Bob is now known as Robert. ***\n");
      for (const client of [ann, tea]) client.close();

      await first.server.stop("restart");
      await untilFree(port);
      await using again = await startServer({ data: data.path, port });
      const ben = await RawClient.join(again.port, "Ben");
      await program.reconnect();
      await ben.until("*** Bob has joined the chat! ***\n");
      await program.say("#lobby", "I am back");
      await ben.until("Bob: I am back\n");
      await program.quit("gone");
      await ben.until("*** Bob has left the chat (gone). ***\n");
      ben.close();
    },
  });
}

Deno.test({
  name: "ii: a room as files",
  ignore: !hasCommand("ii", "-v"),
  async fn() {
    await using home = await temporaryFolder();
    await using server = await startServer();
    const ann = await annWithHistory(server.port);
    const { port } = server;
    const args = ["-s", "127.0.0.1", "-p", String(port), "-n", "ii", "-i", home.path];
    await using _ii = startCommand("ii", args, home.path);
    const folder = `${home.path}/127.0.0.1`;
    const write = (path: string, text: string) =>
      Deno.writeTextFile(`${folder}/${path}`, text, { append: true, create: false });
    const out = (path: string) => Deno.readTextFile(`${folder}/${path}/out`).catch(() => "");
    await untilIn(() => out("."), /MOTD/);
    await write("in", "/j #lobby\n");
    await ann.until("*** ii has joined the chat! ***\n");
    await untilIn(() => out("#lobby"), /<Ann> .*before you came/);
    await write("#lobby/in", "hello from ii\n");
    await ann.until("ii: hello from ii\n");
    ann.send("hello ii\n");
    await untilIn(() => out("#lobby"), /<Ann> hello ii/);
    ann.close();
  },
});

Deno.test({
  name: "sic: one stream of lines",
  ignore: !hasCommand("sic", "-v"),
  async fn() {
    await using home = await temporaryFolder();
    await using server = await startServer();
    const ann = await annWithHistory(server.port);
    const args = ["-h", "127.0.0.1", "-p", String(server.port), "-n", "sic"];
    await using sic = startCommand("sic", args, home.path);
    const writer = sic.child.stdin.getWriter();
    const type = (line: string) => writer.write(new TextEncoder().encode(`${line}\n`));
    await type(":j #lobby");
    await ann.until("*** sic has joined the chat! ***\n");
    await type("hello from sic");
    await ann.until("sic: hello from sic\n");
    await type(":m Ann psst");
    await ann.until("[WHISPER from sic]: psst\n");
    writer.releaseLock();
    ann.close();
  },
});
