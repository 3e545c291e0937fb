/**
 * One port, every client: whatever the client, all users are in the same room.
 */

import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { lengthPrefix } from "../../protocol/mod.ts";
import { createSelfSigned } from "../../server/network/tls/self_signed.ts";
import { hasCommand, run } from "../support/commands.ts";
import { eventually } from "../support/eventually.ts";
import { RawClient } from "../support/raw_client.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { startServer } from "../support/server.ts";
import { connectTls } from "../support/tls_client.ts";

/** A client that sends and waits for what others send. */
interface Participant {
  readonly name: string;
  say(text: string): void;
  /** Waits until that user sent it. */
  receive(from: string, text: string): Promise<void>;
  close(): void;
}

async function person(name: string, client: RawClient): Promise<Participant> {
  await client.until("Enter your username: ");
  client.send(`${name}\n`);
  await client.until(`Welcome, ${name}!`);
  return {
    name,
    say: (text) => client.send(`${text}\n`),
    receive: async (from, text) => void await client.until(`${from}: ${text}\n`),
    close: () => client.close(),
  };
}

/** A program that has some way to send and to get frames. */
async function program(
  name: string,
  channel: {
    sendFrame(frame: Record<string, unknown>): void;
    frame(type: string): Promise<{ from?: string; text?: string }>;
    close(): void;
  },
): Promise<Participant> {
  channel.sendFrame({ type: "hello", name });
  await channel.frame("welcome");
  return {
    name,
    say: (text) => channel.sendFrame({ type: "message", text }),
    receive: async (from, text) => {
      let message = await channel.frame("message");
      while (message.from !== from) message = await channel.frame("message");
      assertEquals(message.text, text);
    },
    close: () => channel.close(),
  };
}

/** Length-prefixed frames on a bare socket. */
function lengthPrefixed(client: RawClient) {
  return {
    sendFrame(frame: Record<string, unknown>) {
      const json = Buffer.from(JSON.stringify(frame));
      client.send(Buffer.concat([Buffer.from(lengthPrefix(json.length), "latin1"), json]));
    },
    async frame(type: string) {
      while (true) {
        const prefix = Buffer.from(await client.until(/^[^]{4}/), "latin1");
        const json = await client.until(new RegExp(`^[^]{${prefix.readUInt32BE()}}`));
        const frame = JSON.parse(Buffer.from(json, "latin1").toString());
        if (frame.type === type) return frame;
      }
    },
    close: () => client.close(),
  };
}

Deno.test("text, JSON lines, lengths, WebSocket and TLS talk in one room while curl looks on", async () => {
  const tls = await createSelfSigned([], Date.now());
  await using server = await startServer({ tls });
  const { port } = server;
  const participants = [
    await person("text", await RawClient.connect(port)),
    await program("json", await RawClient.connect(port)),
    await program("length", lengthPrefixed(await RawClient.connect(port, "latin1"))),
    await program("websocket", await RawWebSocket.open(port)),
    await person("tls-text", await connectTls(port, tls.cert)),
    await program("tls-json", await connectTls(port, tls.cert)),
  ];
  const curl = hasCommand("curl")
    ? ["http", "https"].map((scheme) =>
      // On a busy machine it may send its first bytes when the server has asked for a name already.
      eventually(async () => {
        const { stdout } = await run(
          "curl",
          "-sSk",
          "-m",
          "20",
          `${scheme}://127.0.0.1:${port}/healthz`,
        );
        return stdout === "ok\n";
      }, `an answer to ${scheme}`)
    )
    : [];
  for (const speaker of participants) {
    // Short, beyond ASCII, and long enough for every form of a header.
    for (const text of ["hi", "grüß 日本 🌍", "x".repeat(4000)]) {
      speaker.say(text);
      await Promise.all(
        participants.filter((other) => other !== speaker)
          .map((other) => other.receive(speaker.name, text)),
      );
    }
  }
  await Promise.all(curl);
  for (const participant of participants) participant.close();
});
