/**
 * Passwords of names, the password of the server, and what operators may do.
 */

import { assert, assertEquals } from "@std/assert";
import { RawClient } from "../support/raw_client.ts";
import { addAccount, withData } from "../support/accounts.ts";
import { startServer } from "../support/server.ts";

/** Joins and registers the name. */
async function register(port: number, name: string, password: string): Promise<RawClient> {
  const client = await RawClient.join(port, name);
  client.send(`/register ${password}\n`);
  await client.until(`The name ${name} is yours`);
  await client.until("\n");
  return client;
}

Deno.test("a registered name asks for its password, and the third wrong one closes", () =>
  withData({}, async ({ port }) => {
    const ann = await register(port, "Ann", "open sesame");
    ann.send("/quit\n");
    await ann.untilEnd();

    const person = await RawClient.connect(port);
    person.send("ann\n");
    assertEquals((await person.until("Password: ")).includes("ERROR"), false);
    person.send("wrong\n");
    await person.until("[ERROR]: Wrong password. Try again.\nPassword: ");
    person.send("open sesame\n");
    await person.until("Welcome, ann!");
    person.send("/quit\n");
    await person.untilEnd();

    const thief = await RawClient.connect(port);
    thief.send("Ann\none\ntwo\nthree\n");
    const told = await thief.untilEnd();
    assertEquals(told.split("Wrong password.").length - 1, 3);
    assert(told.endsWith("Connect again to try others.\n"), told);

    const other = await RawClient.join(port, "other");
    other.send("/nick Ann\n");
    await other.until('[ERROR]: The name "Ann" is protected.');
    other.close();
  }));

Deno.test("a program gives the password in hello", () =>
  withData({}, async ({ port }) => {
    const ann = await register(port, "ann", "secret 123");
    ann.send("/quit\n");
    await ann.untilEnd();
    const program = await RawClient.connect(port);
    program.sendFrame({ type: "hello", name: "ann" });
    assertEquals((await program.frame()).code, "password_needed");
    program.sendFrame({ type: "hello", name: "ann", password: "wrong" });
    assertEquals((await program.frame()).code, "wrong_password");
    program.sendFrame({ type: "hello", name: "ann", password: "secret 123" });
    assertEquals((await program.frame()).type, "welcome");
    program.close();
  }));

Deno.test("without a data folder there are no accounts, and it says what to do", async () => {
  await using server = await startServer();
  const ann = await RawClient.join(server.port, "ann");
  ann.send("/register secret 123\n");
  await ann.until(
    "[ERROR]: This server stores no accounts. Its administrator can start it with --data DIR.\n",
  );
  ann.close();
});

Deno.test("the server's password is asked for first", async () => {
  await using server = await startServer({ serverPassword: "swordfish" });
  const person = await RawClient.connect(server.port);
  await person.until("Server password: ");
  person.send("guess\n");
  await person.until("Enter your username: ");
  person.send("ann\n");
  await person.until("[ERROR]: The server password is wrong. Try again.\n");
  await person.until("Server password: ");
  person.send("swordfish\n");
  await person.until("Welcome, ann!");
  const program = await RawClient.connect(server.port);
  program.sendFrame({ type: "hello", name: "bot" });
  assertEquals((await program.frame()).code, "server_password_wrong");
  program.sendFrame({ type: "hello", name: "bot", serverPassword: "swordfish" });
  assertEquals((await program.frame("welcome")).name, "bot");
  person.close();
  program.close();
});

Deno.test("operators kick, ban, unban, mute and set topics; others may not", () =>
  withData({}, async ({ port, data }) => {
    await addAccount(data, "Op", "secret 123", true);
    const op = await RawClient.connect(port);
    op.send("Op\nsecret 123\n");
    await op.until("available commands.\n");
    const pest = await RawClient.join(port, "pest");
    await op.until("pest has joined the chat! ***\n");

    pest.send("/kick Op\n/topic mine\n");
    await pest.until("[ERROR]: Only operators may do that.\n");
    await pest.until("[ERROR]: Only operators may do that.\n");
    op.send("/users\n");
    await op.until("Online users (2): Op (127.0.0.1), pest (127.0.0.1)\n");
    pest.send("/users\n");
    await pest.until("Online users (2): Op, pest\n");

    op.send("/mute pest 10m\n");
    await op.until("pest is muted.\n");
    pest.send("can you read me?\n");
    await pest.until("[ERROR]: An operator has muted you until ");
    op.send("/unmute pest\n");
    await op.until("pest may speak again.\n");
    pest.send("and now?\n");
    await op.until("pest: and now?\n");

    op.send("/kick pest too loud\n");
    assert((await pest.untilEnd()).includes("You were kicked by Op: too loud."));
    await op.until("*** pest was kicked by Op (too loud). ***\n");

    op.send("/ban pest 1h\n");
    await op.until("pest is banned.\n");
    const again = await RawClient.connect(port);
    again.send("Pest\n");
    assert((await again.untilEnd()).includes("[ERROR]: You are banned from this server until "));
    op.send("/unban pest\n");
    await op.until("pest is no longer banned.\n");
    const back = await RawClient.join(port, "pest");
    op.send("/ban 127.0.0.1 soon\n");
    await op.until("[ERROR]: Invalid duration:");
    op.send("/ban 127.0.0.1\n/kick Op\n");
    await op.until("[ERROR]: You cannot ban your own address 127.0.0.1. /ban 127.0.0.1 --force ");
    await op.until("[ERROR]: You cannot kick yourself. /kick Op --force ");
    op.send("/ban 127.0.0.1 --force\n");
    await back.untilEnd();
    await op.until("127.0.0.1 is banned.\n");
    const banned = await RawClient.connect(port);
    banned.send("banned\n");
    assert((await banned.untilEnd()).includes("You are banned from this server."));
    op.send("/unban 127.0.0.1\n/unban 127.0.0.1\n");
    await op.until("[ERROR]: There is no ban on 127.0.0.1. /bans lists the bans.\n");
    for (const client of [op, pest, again, back, banned]) client.close();
  }));
