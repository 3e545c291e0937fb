/**
 * `docs/PROTOCOL.md` tells the truth: its examples are replayed against a server, byte by byte, and
 * its tables are compared with the code.
 */

import { assert, assertEquals } from "@std/assert";
import {
  COMMANDS,
  MAX_FRAME_BYTES,
  MAX_ID_LENGTH,
  MAX_LINE_BYTES,
  MAX_LISTED_USERS,
  MAX_MEMBERS_TOLD_BY_NAME,
  MAX_NAME_ATTEMPTS,
  MAX_NAME_LENGTH,
  MAX_SERVER_FRAME_BYTES,
  MAX_TEXT_BYTES,
  NAME_PROMPT,
  PROTOCOL_ERRORS,
} from "../../protocol/mod.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../docs/PROTOCOL.md", import.meta.url));

/** The lines of the example with that mark. */
function example(mark: string): string[] {
  const [, body] = new RegExp("```replay " + mark + "\n([^`]+)```").exec(DOCUMENT) ?? [];
  assert(body !== undefined, `an example marked "replay ${mark}"`);
  return body.trimEnd().split("\n");
}

/** The rows of the table under a heading, as cells. */
function tableUnder(heading: string): string[][] {
  const start = DOCUMENT.indexOf(`\n${heading}\n`);
  assert(start >= 0, heading);
  const rows = DOCUMENT.slice(start).split("\n\n").find((part) => part.startsWith("|"))!;
  return rows.split("\n").slice(2).map((row) =>
    row.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

/** What differs from run to run, as the document writes it. */
function generalised(line: string): string {
  return line
    .replaceAll(/\[\d\d:\d\d:\d\d\]/g, "[HH:MM:SS]")
    .replaceAll(/"session":"[\w-]{20,}"/g, '"session":"TOKEN"')
    .replaceAll(/"server":"[^"]+"/g, '"server":"SERVER"')
    .replaceAll(/"time":\d{13}/g, '"time":TIME');
}

async function replay(lines: readonly string[], port: number): Promise<void> {
  const client = await RawClient.connect(port);
  for (const line of lines) {
    const text = line.slice(2);
    if (line.startsWith("> ")) client.send(text + "\n");
    else if (text === NAME_PROMPT) assertEquals(await client.until(NAME_PROMPT), NAME_PROMPT);
    else assertEquals(generalised(await client.until("\n")), text + "\n");
  }
  assertEquals(await client.untilEnd(), "", "nothing follows the last line");
}

Deno.test("the example of a person is replayed to the letter", async () => {
  await using server = await startServer();
  const bob = await RawClient.join(server.port, "Bob");
  await replay(example("text"), server.port);
  bob.close();
});

Deno.test("the example of a program is replayed to the letter", async () => {
  await using server = await startServer();
  const bob = await RawClient.join(server.port, "Bob");
  await replay(example("json"), server.port);
  bob.close();
});

Deno.test("the example in hexadecimal is a hello", async () => {
  await using server = await startServer();
  const [line] = example("hex");
  const bytes = line!.slice(2).split(" ").map((byte) => parseInt(byte, 16));
  const client = await RawClient.connect(server.port, "latin1");
  client.send(new Uint8Array(bytes));
  await client.until('{"type":"welcome","name":"u1","room":"lobby",');
  client.close();
});

Deno.test("the table of errors is the code's", () => {
  const documented = tableUnder("## Errors").map(([code]) => code!.replaceAll("`", ""));
  assertEquals(documented, Object.keys(PROTOCOL_ERRORS).toSorted());
});

Deno.test("the table of commands is the code's", () => {
  const documented = tableUnder("### Commands").map(([usage, also]) => [
    usage!.replaceAll("`", ""),
    [...also!.matchAll(/`(\/\w+)`/g)].map(([, alias]) => alias),
  ]);
  assertEquals(documented, COMMANDS.map(({ usage, aliases }) => [usage, [...aliases]]));
});

Deno.test("the limits are the code's", () => {
  const limits = tableUnder("## Limits").map(([what, limit]) => `${what}: ${limit}`);
  for (
    const [what, number] of [
      ["a text line", MAX_LINE_BYTES],
      ["the text of a message", MAX_TEXT_BYTES],
      ["a JSON object", MAX_FRAME_BYTES],
      ["a JSON object from the server", MAX_SERVER_FRAME_BYTES],
      ["a name", MAX_NAME_LENGTH],
      ["the `id`", MAX_ID_LENGTH],
      ["refused names", MAX_NAME_ATTEMPTS],
      ["names in one list", MAX_LISTED_USERS],
    ] as const
  ) {
    const row = limits.find((limit) => limit.startsWith(what));
    assertEquals(/: (\d+)/.exec(row ?? "")?.[1], String(number), what);
  }
  assert(DOCUMENT.includes(`in a room of more than ${MAX_MEMBERS_TOLD_BY_NAME}`));
});
