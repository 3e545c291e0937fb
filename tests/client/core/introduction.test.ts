import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Finding, Introduction } from "../../../client/core/introduction.ts";
import { NAME_PROMPT, PROTOCOL_VERSION, SERVER_PASSWORD_PROMPT } from "../../../protocol/mod.ts";

const SERVER = `{"type":"server","server":"hubbub 1","protocol":${PROTOCOL_VERSION}}\n`;
const LATE = 1000;

/** The result after the last chunk; the earlier ones must give none. */
function find(chunks: readonly string[], milliseconds: number): Finding {
  const introduction = new Introduction();
  for (const [index, chunk] of chunks.entries()) {
    const finding = introduction.push(chunk, milliseconds);
    const isOpen = finding.type === "undecided" || finding.type === "prompted";
    if (!isOpen || index === chunks.length - 1) return finding;
  }
  throw new Error("No chunks");
}

/** The ways to cut bytes into chunks. */
function cuts(bytes: string): string[][] {
  const middle = Math.floor(bytes.length / 2);
  return [[bytes], bytes.split(""), [bytes.slice(0, middle), bytes.slice(middle)]];
}

for (
  const [what, bytes, milliseconds] of [
    ["a server frame", SERVER, 0],
    ["one behind white space", `\r\n \t${SERVER}`, 0],
    [
      "one behind the prompt of a server that took the program for a person",
      `${NAME_PROMPT}\n${SERVER}`,
      LATE,
    ],
    [
      "one behind the question for the server's password",
      `${SERVER_PASSWORD_PROMPT}\n${SERVER}`,
      LATE,
    ],
    ["one with fields that this client does not know", SERVER.replace("}", ',"more":[{}]}'), 0],
  ] as const
) {
  Deno.test(`introduction: ${what} is hubbub, however it is cut`, () => {
    for (const chunks of cuts(bytes)) {
      assertEquals(find(chunks, milliseconds).type, "introduced", JSON.stringify(chunks));
    }
  });
}

Deno.test("introduction: the bytes behind it are left for the next reader", () => {
  const finding = find([SERVER + '{"type":"ping","t":1}\n{"ty'], 0);
  assert(finding.type === "introduced");
  assertEquals(finding.rest, '{"type":"ping","t":1}\n{"ty');
});

for (
  const [what, bytes, milliseconds] of [
    ["a prompt that comes sooner than hubbub prompts", NAME_PROMPT, 100],
    ["a name prompt with something else behind it", `${NAME_PROMPT}Welcome!\n`, LATE],
    ["a name prompt with a line behind it that is no frame", `${NAME_PROMPT}\nWelcome!\n`, LATE],
    ["another prompt", "Enter your name: ", LATE],
    ["a byte that comes back", "\x1e", 0],
    ["a byte that comes back behind a prefix", "Server received: \x1e", 0],
    ["a frame behind the byte that came back", `\x1e${SERVER}`, 0],
    ["a frame behind a greeting", `Welcome\n${SERVER}`, 0],
    [
      "a welcome that was not asked for",
      '{"type":"welcome","name":"a","rooms":[{"room":"b","seq":0}],"server":"c","session":"d"}\n',
      0,
    ],
    ["a server frame without a version", '{"type":"server","server":"hubbub"}\n', 0],
    [
      "a server frame with a version that is none",
      '{"type":"server","server":"hubbub","protocol":"0"}\n',
      0,
    ],
    ["another JSON object", '{"hello":"world"}\n', 0],
    ["a hello of another client that is passed on", '{"type":"hello","name":"x"}\n', 0],
    ["a line that never ends", `{${"x".repeat(70_000)}`, 0],
    ["a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", 0],
    ["SSH", "SSH-2.0-OpenSSH_9.6\r\n", LATE],
    ["a TLS alert", "\x15\x03\x01\x00\x02\x02\x46", 0],
  ] as const
) {
  Deno.test(`introduction: ${what} is another server's, however it is cut`, () => {
    for (const chunks of cuts(bytes).slice(0, bytes.length > 1000 ? 1 : 3)) {
      assertEquals(
        find(chunks, milliseconds).type,
        "unknown",
        JSON.stringify(chunks).slice(0, 99),
      );
    }
  });
}

Deno.test("introduction: no bytes, and an incomplete frame, give no result yet", () => {
  for (const bytes of ["", " ", "\r\n", "{", SERVER.slice(0, -1)]) {
    assertEquals(find([bytes], LATE).type, "undecided", bytes);
  }
  for (const bytes of ["E", NAME_PROMPT, `${NAME_PROMPT}\n`, `${NAME_PROMPT}\n{`, "Server pass"]) {
    assertEquals(find([bytes], LATE).type, "prompted", bytes);
  }
});

Deno.test("introduction: hubbub may refuse instead, and send a bye behind it", () => {
  const introduction = new Introduction();
  const error = { type: "error", code: "server_full", text: "Full." };
  const bye = { type: "bye", reason: "shutdown", text: "Bye." };
  const bytes = `${JSON.stringify(error)}\n${JSON.stringify(bye)}\n`;
  assertEquals(introduction.push(bytes, 0) as unknown, { type: "refused", frame: error });
  assertEquals(introduction.push("", 0) as unknown, { type: "refused", frame: bye });
  assertEquals(introduction.push("", 0), { type: "undecided" });
});

Deno.test("introduction: only the bytes of a server frame are one", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary-ascii" }),
    fc.json().map((json) => json + "\n"),
    fc.record({ type: fc.constantFrom("server", "welcome", "pong"), protocol: fc.jsonValue() })
      .map((frame) => JSON.stringify(frame) + "\n"),
    fc.constantFrom(NAME_PROMPT, "\x1e", "\n", "{", SERVER.slice(0, 20)),
  );
  fc.assert(fc.property(
    fc.array(anything, { minLength: 1 }),
    fc.nat(300),
    fc.integer({ min: 1, max: 9 }),
    (parts, milliseconds, size) => {
      const bytes = parts.join("");
      const chunks = bytes.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [""];
      assert(find(chunks, milliseconds).type !== "introduced");
    },
  ));
});
