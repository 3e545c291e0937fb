/**
 * `docs/PROTOCOL.md` is correct: its examples are replayed against a server, byte by byte, and
 * its tables are compared with the code.
 */

import { assert, assertEquals } from "@std/assert";
import {
  COMMANDS,
  MAX_AWAY_BYTES,
  MAX_CHUNK_BYTES,
  MAX_FIELD_LENGTHS,
  MAX_FILE_NAME_LENGTH,
  MAX_FILES_PER_PERSON,
  MAX_FRAME_BYTES,
  MAX_FRAME_VALUES,
  MAX_ID_LENGTH,
  MAX_LINE_BYTES,
  MAX_LISTED_USERS,
  MAX_MEMBERS_ANNOUNCED_BY_NAME,
  MAX_NAME_ATTEMPTS,
  MAX_NAME_LENGTH,
  MAX_SERVER_FRAME_BYTES,
  MAX_TEXT_BYTES,
  MAX_TEXT_LINES,
  MAX_TOPIC_BYTES,
  MIN_CHUNK_BYTES,
  NAME_PROMPT,
  OFFER_SECONDS,
  PROMPT_MILLISECONDS,
  PROTOCOL_ERRORS,
  PROTOCOL_VERSION,
  TRANSFER_SILENCE_SECONDS,
  TRANSFER_WINDOW_BYTES,
} from "../../protocol/mod.ts";
import { RESERVED_NAMES } from "../../server/names/name_rules.ts";
import { DEFAULT_RATE } from "../../server/scheduling/token_bucket.ts";
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

/** Bytes that the client sends, without a line end. */
const HEXADECIMAL = /^>( [0-9a-f]{2})+$/;

function bytesOf(hexadecimal: string): Uint8Array {
  return new Uint8Array(hexadecimal.split(" ").map((byte) => parseInt(byte, 16)));
}

async function replay(lines: readonly string[], port: number): Promise<void> {
  const client = await RawClient.connect(port);
  for (const line of lines) {
    const text = line.slice(2);
    if (HEXADECIMAL.test(line)) client.send(bytesOf(text));
    else if (line.startsWith("> ")) client.send(text + "\n");
    else if (text === NAME_PROMPT) assertEquals(await client.until(NAME_PROMPT), NAME_PROMPT);
    else assertEquals(generalised(await client.until("\n")), text + "\n");
  }
  assertEquals(await client.untilEnd(), "", "nothing follows the last line");
  client.close();
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

Deno.test("the example of a search is replayed to the letter", async () => {
  await using server = await startServer();
  await replay(example("search"), server.port);
});

Deno.test("the example of a server that introduces itself is replayed to the letter", async () => {
  await using server = await startServer({ rate: DEFAULT_RATE, serverPassword: "sesame" });
  await replay(example("introduction"), server.port);
});

Deno.test("the example of a program that is late is replayed to the letter", async () => {
  await using server = await startServer({ rate: DEFAULT_RATE });
  await replay(example("late"), server.port);
});

Deno.test("the version is the code's, on the page and in the frame", () => {
  assert(DOCUMENT.includes(`Version ${PROTOCOL_VERSION}. This page`));
  assert(DOCUMENT.includes(`After ${PROMPT_MILLISECONDS} ms of silence the server prompts`));
});

Deno.test("the example of a file is replayed to the letter", async () => {
  await using server = await startServer();
  const clients = new Map<string, RawClient>();
  for (const [number, name] of [["1", "u1"], ["2", "u2"]] as const) {
    const client = await RawClient.connect(server.port);
    client.sendFrame({ type: "hello", name });
    await client.frame("welcome");
    clients.set(number, client);
  }
  await clients.get("1")!.frame("joined");
  for (const line of example("file")) {
    const [, number, direction, text] = /^(\d)([<>]) (.*)$/.exec(line)!;
    const client = clients.get(number!)!;
    if (direction === ">") client.send(text + "\n");
    else assertEquals(generalised(await client.until("\n")), text + "\n");
  }
  for (const client of clients.values()) client.close();
});

Deno.test("the example in hexadecimal is a hello", async () => {
  await using server = await startServer();
  const [line] = example("hex");
  const client = await RawClient.connect(server.port, "latin1");
  client.send(bytesOf(line!.slice(2)));
  await client.until('{"type":"welcome","name":"u1","rooms":[');
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
      ["lines in the text of a message", MAX_TEXT_LINES],
      ["values in a JSON object", MAX_FRAME_VALUES],
      ["a topic", MAX_TOPIC_BYTES],
      ["the text of `away`", MAX_AWAY_BYTES],
      ["a JSON object", MAX_FRAME_BYTES],
      ["a JSON object from the server", MAX_SERVER_FRAME_BYTES],
      ["a name", MAX_NAME_LENGTH],
      ["the `id`", MAX_ID_LENGTH],
      ["refused names", MAX_NAME_ATTEMPTS],
      ["names in one list", MAX_LISTED_USERS],
      ["the name of a file", MAX_FILE_NAME_LENGTH],
      ["a chunk of a file", MAX_CHUNK_BYTES],
      ["unconfirmed bytes of a file", TRANSFER_WINDOW_BYTES],
      ["open offers and transfers of one user", MAX_FILES_PER_PERSON],
      ["time until an offer expires", OFFER_SECONDS],
      ["silence of a transfer", TRANSFER_SILENCE_SECONDS],
    ] as const
  ) {
    const row = limits.find((limit) => limit.startsWith(what));
    assertEquals(/: (\d+)/.exec(row ?? "")?.[1], String(number), what);
  }
  const fields = DOCUMENT.split("\n").filter((row) => /^\| `/.test(row));
  for (const [field, units] of Object.entries(MAX_FIELD_LENGTHS)) {
    const isListed = fields.some((row) => {
      const [, names = "", limit] = row.split("|");
      return names.includes(`\`${field}\``) && limit?.trim() === String(units);
    });
    assert(isListed, field);
  }
  assert(DOCUMENT.includes(`24000 bytes, and at least ${MIN_CHUNK_BYTES}`));
  assert(DOCUMENT.includes(`at most ${TRANSFER_WINDOW_BYTES} bytes unconfirmed`));
  assert(DOCUMENT.includes(`in a room of more than ${MAX_MEMBERS_ANNOUNCED_BY_NAME}`));
});

Deno.test("the reserved names are the code's", () => {
  const [, list = ""] = /- Reserved names, ([\s\S]*?)\n\n/.exec(DOCUMENT) ?? [];
  assertEquals([...list.matchAll(/`(.+?)`/g)].map(([, name]) => name), [...RESERVED_NAMES]);
});
