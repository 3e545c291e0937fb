import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  cleanText,
  type ClientFrame,
  fromByteString,
  isTooLong,
  jsonOf,
  jsonOfClientFrame,
  MAX_CHUNK_BYTES,
  MAX_FRAME_BYTES,
  MAX_TEXT_BYTES,
  type ParsedInput,
  parseJsonFrame,
  parseServerFrame,
  toByteString,
} from "../../protocol/mod.ts";
import { anyServerFrame } from "./server_frames.ts";
import { anyBytes, hostileText } from "./texts.ts";

/** Parses a value, or JSON text. */
function parse(json: unknown): ParsedInput {
  return parseJsonFrame(toByteString(typeof json === "string" ? json : JSON.stringify(json)));
}

/** As sent, without `undefined` fields. */
function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

const EVERY_FRAME: { readonly [Type in ClientFrame["type"]]: readonly ClientFrame[] } = {
  hello: [
    { type: "hello", name: "Alice" },
    { type: "hello", name: "Alice", rooms: ["tea"] },
    { type: "hello", name: "Alice", password: "p", serverPassword: "s", id: "1" },
    { type: "hello", name: "Alice", resume: { session: "token", rooms: { lobby: 0 } } },
    { type: "hello", name: "A", resume: { session: "t", rooms: { tea: 7 }, whisper: 0 } },
    {
      type: "hello",
      name: "A",
      resume: { session: "t", rooms: { constructor: 1, prototype: 2, ["__proto__"]: 3 } },
    },
  ],
  message: [
    { type: "message", text: "hi" },
    { type: "message", text: "hi", id: "1" },
    { type: "message", room: "tea", text: "hi" },
    { type: "message", room: "tea", text: "hi", id: "1" },
    { type: "message", room: "größe", text: "hi", id: "1" },
    { type: "message", text: "waves", action: true },
    { type: "message", text: "up", notice: true },
    { type: "message", text: "hi", id: "1", action: false },
  ],
  whisper: [
    { type: "whisper", to: "Bob", text: "hi" },
    { type: "whisper", to: "Bob", text: "hi", notice: true },
    { type: "whisper", to: "Bob", text: "hi", id: "1" },
  ],
  reply: [{ type: "reply", text: "hi" }, { type: "reply", text: "hi", id: "1" }],
  nick: [{ type: "nick", name: "Bob" }, { type: "nick", name: "Bob", password: " p " }],
  join: [{ type: "join", room: "tea" }, { type: "join", room: "tea", id: "1" }],
  leave: [{ type: "leave" }, { type: "leave", room: "tea" }],
  topic: [{ type: "topic" }, { type: "topic", room: "tea" }, { type: "topic", text: "" }, {
    type: "topic",
    text: "Tea",
  }],
  away: [{ type: "away" }, { type: "away", text: "" }, { type: "away", text: "tea" }],
  back: [{ type: "back" }],
  ignore: [{ type: "ignore", name: "Bob" }],
  unignore: [{ type: "unignore", name: "Bob" }],
  users: [{ type: "users" }, { type: "users", room: "tea" }, { type: "users", id: "1" }],
  rooms: [{ type: "rooms" }],
  history: [
    { type: "history" },
    { type: "history", limit: 0, before: 5, since: 0 },
    { type: "history", since: Number.MAX_SAFE_INTEGER },
  ],
  search: [
    { type: "search", words: "tea" },
    { type: "search", words: "", room: "tea", limit: 0, before: 5, id: "1" },
  ],
  register: [{ type: "register", password: " p " }],
  unregister: [{ type: "unregister" }, { type: "unregister", name: "Bob" }],
  kick: [{ type: "kick", name: "Bob" }, { type: "kick", name: "Bob", reason: "loud" }],
  ban: [{ type: "ban", target: "Bob" }, { type: "ban", target: "::1", duration: "7d" }, {
    type: "ban",
    target: "2001:db8::/48",
    reason: "spam",
  }],
  bans: [{ type: "bans" }],
  unban: [{ type: "unban", target: "Bob" }],
  mute: [{ type: "mute", name: "Bob" }, { type: "mute", name: "Bob", duration: "30s" }],
  unmute: [{ type: "unmute", name: "Bob" }],
  delete_room: [{ type: "delete_room", room: "tea" }],
  offer: [
    { type: "offer", to: "Bob", name: "a.txt", size: 0 },
    { type: "offer", to: "#tea", name: "../é", size: Number.MAX_SAFE_INTEGER, id: "1" },
  ],
  withdraw: [{ type: "withdraw", file: 1 }],
  accept: [{ type: "accept", file: 1 }, { type: "accept", file: 1, id: "1" }],
  refuse: [{ type: "refuse", file: 1 }],
  chunk: [
    { type: "chunk", transfer: 1, data: "AAAA" },
    { type: "chunk", transfer: 1, data: "a+/9AA==" },
    { type: "chunk", transfer: 1, data: "A".repeat(MAX_CHUNK_BYTES / 3 * 4) },
  ],
  received: [{ type: "received", transfer: 1, bytes: 3 }],
  finish: [{ type: "finish", transfer: 1, sha256: "0123456789abcdef".repeat(4) }],
  complete: [{ type: "complete", transfer: 1 }],
  cancel: [
    { type: "cancel", transfer: 1 },
    { type: "cancel", transfer: 1, reason: "the disk is full" },
  ],
  help: [{ type: "help" }],
  ping: [{ type: "ping", t: 0 }, { type: "ping", t: -1.5 }, { type: "ping", t: 1e15 }],
  pong: [{ type: "pong", t: 0 }],
  quit: [{ type: "quit" }],
};

for (const frame of Object.values(EVERY_FRAME).flat()) {
  const json = jsonOfClientFrame(frame);
  Deno.test(`json: ${json} is read`, () => {
    assertEquals(plain(parse(json)), { frame });
    assertEquals(plain(parse(` ${json}\r`)), { frame }, "white space around it does not matter");
    assertEquals(plain(parse({ ...frame, later: { version: [1] } })), { frame }, "unknown fields");
  });
}

Deno.test("json: blank lines mean nothing", () => {
  for (const json of ["", " ", "\r", "\t "]) assertEquals(parse(json), undefined);
});

Deno.test("json: an id has 64 characters at most, in the fast path and in the general one", () => {
  for (const text of ["hi", "é"]) {
    const id = "x".repeat(64);
    assertEquals(parse({ type: "message", id, text }), { frame: { type: "message", text, id } });
    const refused = parse({ type: "message", id: id + "x", text }) as { ref?: string };
    assertEquals(refused.ref, id, "the answer names the frame by as much of its id as may be");
    assertStringIncludes(parse({ type: "reply", id: id + "x", text })!.error!.text, "64");
  }
});

Deno.test("json: any text and id of a message are cleaned, in every order of the fields", () => {
  const id = fc.option(hostileText.map((text) => text.slice(0, 64)), { nil: undefined });
  fc.assert(fc.property(hostileText, id, (text, id) => {
    const expected: ParsedInput = {
      frame: { type: "message", text: cleanText(text), ...(id !== undefined && { id }) },
    };
    for (
      const frame of [
        { type: "message", text, id },
        { type: "message", id, text },
        { text, id, type: "message" },
        { id, type: "message", text },
      ]
    ) {
      const json = JSON.stringify(frame);
      assertEquals(plain(parse(json)), expected, json);
    }
  }));
});

/** Objects as bytes: most match the fast path, some nearly. */
const nearlyPlain = fc.array(
  fc.constantFrom(
    ...['{"type":"message"', ',"text":"hi"', ',"text":""', ',"text":"a\\nb"', ',"text":"é"', "}"],
    ...[',"id":"1"', ',"id":""', `,"id":"${"x".repeat(65)}"`, ',"id":1', ',"action":true', " "],
  ),
  { maxLength: 5 },
).map((parts) => '{"type":"message"' + parts.join("") + "}");

Deno.test("json: the fast path has the results of the general path", () => {
  fc.assert(
    fc.property(nearlyPlain, (json) => {
      // A leading space only disables the fast path.
      assertEquals(plain(parse(json) ?? {}), plain(parse(" " + json) ?? {}), json);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("json: the last of two equal fields counts, as everywhere in JSON", () => {
  const json = '{"type":"message","id":"a","text":"hi","id":"b"}';
  assertEquals(parse(json), { frame: { type: "message", text: "hi", id: "b" } });
});

Deno.test("json: any bytes are a frame, an error or blank, and never throw", () => {
  fc.assert(fc.property(anyBytes, (bytes) => {
    const input = parseJsonFrame(bytes);
    if (input !== undefined) assert((input.frame === undefined) !== (input.error === undefined));
  }));
  fc.assert(fc.property(fc.json(), (json) => void parse(json)));
});

Deno.test("json: any frame of a server survives encoding and parsing", () => {
  fc.assert(fc.property(anyServerFrame, (frame) => {
    const json = jsonOf(frame);
    // deno-lint-ignore no-control-regex -- one byte a character, and no line end
    assertNotMatch(json, /[^\x00-\xff]|\n/);
    assertEquals(JSON.parse(fromByteString(json)!), frame);
    assertEquals(parseServerFrame(json), frame);
  }));
});

Deno.test("json: the frames of a server have the order of the documentation", () => {
  const message = {
    type: "message",
    seq: 1,
    room: "lobby",
    from: "Bob",
    text: "hi",
    time: 5,
  } as const;
  assertEquals(
    jsonOf({ ...message, action: true }),
    '{"type":"message","seq":1,"room":"lobby","from":"Bob","text":"hi","time":5,"action":true}',
  );
  assertEquals(
    jsonOf({ ...message, notice: true }),
    '{"type":"message","seq":1,"room":"lobby","from":"Bob","text":"hi","time":5,"notice":true}',
  );
  assertEquals(
    jsonOf({ type: "ack", id: "1", room: "lobby", seq: 7 }),
    '{"type":"ack","id":"1","room":"lobby","seq":7}',
  );
  assertEquals(jsonOf({ type: "ack", id: "1", to: "Bob" }), '{"type":"ack","id":"1","to":"Bob"}');
});

Deno.test("json: a message is encoded independently of earlier ones", () => {
  const word = fc.constantFrom("", "a", "b", '"', "\\", "é", "😀", "a\n");
  const message = fc.record({
    type: fc.constant("message" as const),
    seq: fc.nat(3),
    room: word,
    from: word,
    text: word,
    time: fc.nat(2),
  });
  const said = fc.record({ message, id: word });
  fc.assert(fc.property(fc.array(said), (conversation) => {
    for (const { message, id } of conversation) {
      const { room, text } = message;
      parse(JSON.stringify({ type: "message", text, id }));
      const ack = { type: "ack", id, room, seq: message.seq } as const;
      assertEquals(fromByteString(jsonOf(message)), JSON.stringify(message));
      assertEquals(fromByteString(jsonOf(ack)), JSON.stringify(ack));
    }
  }));
});

Deno.test("json: an invalid frame of a server is undefined", () => {
  for (const json of ["", "x", "null", "1", "[]", "{}", '{"type":1}', '{"type":"pong"', "\xff"]) {
    assertEquals(parseServerFrame(json), undefined, json);
  }
});

Deno.test("json: the limit of a text counts bytes, not characters", () => {
  const ROWS = [
    ["x".repeat(MAX_TEXT_BYTES), false],
    ["x".repeat(MAX_TEXT_BYTES + 1), true],
    ["é".repeat(MAX_TEXT_BYTES / 2), false],
    ["é".repeat(MAX_TEXT_BYTES / 2) + "x", true],
    ["😀".repeat(MAX_TEXT_BYTES / 4), false],
    ["😀".repeat(MAX_TEXT_BYTES / 4) + "x", true],
    ["日".repeat(1365), false],
    ["日".repeat(1366), true],
    ["", false],
  ] as const;
  for (const [text, isOver] of ROWS) assertEquals(isTooLong(text, MAX_TEXT_BYTES), isOver);
});

Deno.test("json: a text of maximum length fits into a frame, even if every byte is escaped", () => {
  const frame = { type: "message", text: "\x01".repeat(MAX_TEXT_BYTES), id: "\x01".repeat(64) };
  assert(JSON.stringify(frame).length <= MAX_FRAME_BYTES);
});

Deno.test("json: a topic, a reason and being away are one clean line each", () => {
  const typed = "a\x1b[2J\r\nb\u202e";
  assertEquals(plain(parse({ type: "topic", text: typed })), {
    frame: { type: "topic", text: "a[2J b" },
  });
  assertEquals(plain(parse({ type: "away", text: typed })), {
    frame: { type: "away", text: "a[2J b" },
  });
  assertEquals(plain(parse({ type: "kick", name: "Bob", reason: typed })), {
    frame: { type: "kick", name: "Bob", reason: "a[2J b" },
  });
});
