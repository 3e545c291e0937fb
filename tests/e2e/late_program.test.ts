/** A program that says its first word when the server already takes it for a person. */

import { assertEquals } from "@std/assert";
import { connect, createServer, type Socket } from "node:net";
import { ChatClient } from "../../mod.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const PROMPT = "Enter your username: ";

Deno.test("late program: the prompt ends in a line of its own, and frames follow", async () => {
  await using server = await startServer({ maxClients: 2 });
  const { client: witness } = await RawClient.hello(server.port, { name: "witness" });
  const late = await RawClient.connect(server.port);
  await late.until(PROMPT);
  late.sendFrame({ type: "hello", name: "late" });
  await late.until("\n");
  assertEquals((await late.frame("welcome")).name, "late");
  assertEquals(late.received.slice(0, PROMPT.length + 2), `${PROMPT}\n{`);
  assertEquals((await witness.frame("joined")).name, "late");
  late.sendFrame({ type: "message", text: "sorry" });
  assertEquals((await witness.frame("message")).text, "sorry");

  // It has one place, neither none nor two.
  const third = await RawClient.connect(server.port);
  await third.until("Server is full (2 of 2)");
  third.close();
  late.sendFrame({ type: "quit" });
  await witness.frame("left");
  const next = await RawClient.connect(server.port);
  await next.until(PROMPT);
  next.send("next\n");
  await next.until("Welcome, next!");
  next.close();
  witness.close();
});

Deno.test("late program: a person may not begin with a brace, and anything later is text", async () => {
  await using server = await startServer();
  const person = await RawClient.join(server.port, "Ann");
  const { client: witness } = await RawClient.hello(server.port, { name: "witness" });
  person.send('{"type":"message"}\n');
  assertEquals((await witness.frame("message")).text, '{"type":"message"}');
  person.close();
  witness.close();
});

Deno.test("late program: a ChatClient whose first words are held up is let in", async () => {
  await using server = await startServer();
  const sockets: Socket[] = [];
  const between = createServer((inside) => {
    const outside = connect({ host: "127.0.0.1", port: server.port });
    inside.on("error", () => {});
    outside.on("error", () => {});
    inside.pause();
    outside.once("data", (prompt: Uint8Array) => {
      inside.write(prompt);
      outside.on("data", (chunk: Uint8Array) => void inside.write(chunk));
      inside.on("data", (chunk: Uint8Array) => void outside.write(chunk));
      inside.resume();
    });
    outside.on("end", () => inside.end());
    sockets.push(inside, outside);
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", () => resolve()));
  try {
    const { port } = between.address() as { port: number };
    const chat = await ChatClient.connect({ port, name: "slow" });
    const { seq } = await chat.send("here I am");
    assertEquals([chat.name, seq], ["slow", 1]);
    await chat.quit();
  } finally {
    for (const socket of sockets) socket.destroy();
    between.close();
  }
});
