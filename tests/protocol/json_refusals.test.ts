import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  MAX_CHUNK_BYTES,
  MAX_FRAME_BYTES,
  type ParsedInput,
  parseJsonFrame,
  toByteString,
} from "../../protocol/mod.ts";

/** Parses a value, or JSON text. */
function parse(json: unknown): ParsedInput {
  return parseJsonFrame(toByteString(typeof json === "string" ? json : JSON.stringify(json)));
}

const REFUSED: readonly (readonly [
  why: string,
  json: string,
  code: string,
  says: string,
  ref?: string,
])[] = [
  ["no JSON", "hello", "invalid_json", "JSON object"],
  ["half an object", '{"type":"quit"', "invalid_json", "JSON object"],
  ["two objects on a line", '{"type":"quit"}{"type":"quit"}', "invalid_json", "JSON object"],
  ["a comma too many", '{"type":"quit",}', "invalid_json", "JSON object"],
  ["an array", '[{"type":"quit"}]', "invalid_json", "JSON object"],
  ["null", "null", "invalid_json", "JSON object"],
  ["a string", '"quit"', "invalid_json", "JSON object"],
  ["a number", "1", "invalid_json", "JSON object"],
  ["a byte order mark", '\ufeff{"type":"quit"}', "invalid_json", "JSON object"],
  ["no type", "{}", "invalid_frame", "`type` must be a string"],
  ["a type that is a number", '{"type":1}', "invalid_frame", "`type` must be a string"],
  ["a type that is null", '{"type":null}', "invalid_frame", "`type` must be a string"],
  ["no type, with an id", '{"id":"7"}', "invalid_frame", "`type` must be a string", "7"],
  ["a type that there is not", '{"type":"dance"}', "unknown_type", '"dance"'],
  ["the same with an id", '{"type":"dance","id":"7"}', "unknown_type", '"dance"', "7"],
  ["another case", '{"type":"Quit"}', "unknown_type", '"Quit"'],
  ["an empty type", '{"type":""}', "unknown_type", '""'],
  ["a type of the server", '{"type":"welcome"}', "unknown_type", '"welcome"'],
  ["__proto__ as the type", '{"type":"__proto__"}', "unknown_type", '"__proto__"'],
  ["constructor as the type", '{"type":"constructor"}', "unknown_type", '"constructor"'],
  ["toString as the type", '{"type":"toString"}', "unknown_type", '"toString"'],
  ["a type from the prototype", '{"__proto__":{"type":"quit"}}', "invalid_frame", "`type`"],
  [
    "a field from the prototype",
    '{"type":"nick","__proto__":{"name":"Bob"}}',
    "invalid_frame",
    "`name`",
  ],
  [
    "a name that is a number",
    '{"type":"hello","name":1}',
    "invalid_frame",
    "`name` must be a string",
  ],
  [
    "a name that is null",
    '{"type":"nick","name":null}',
    "invalid_frame",
    "`name` must be a string",
  ],
  ["a name that is an array", '{"type":"nick","name":["a"]}', "invalid_frame", "`name`"],
  [
    "a room that is null",
    '{"type":"hello","name":"a","rooms":[null]}',
    "invalid_frame",
    "`rooms.0`",
  ],
  ["a text that is an object", '{"type":"message","text":{}}', "invalid_frame", "`text`"],
  ["an id that is a number", '{"type":"message","text":"x","id":1}', "invalid_frame", "`id`"],
  ["an id that is null", '{"type":"message","text":"x","id":null}', "invalid_frame", "`id`"],
  [
    "an action that is a string",
    '{"type":"message","text":"x","action":"yes","id":"7"}',
    "invalid_frame",
    "`action` must be a boolean",
    "7",
  ],
  [
    "a limit below 0",
    '{"type":"history","limit":-1}',
    "invalid_frame",
    "`limit` must be at least 0",
  ],
  [
    "half a message",
    '{"type":"history","limit":1.5}',
    "invalid_frame",
    "`limit` must be a whole number",
  ],
  ["a time that is a string", '{"type":"ping","t":"1"}', "invalid_frame", "`t` must be a number"],
  ["half a message", '{"type":"history","limit":1.5}', "invalid_frame", "`limit`"],
  ["fewer messages than none", '{"type":"history","limit":-1}', "invalid_frame", "`limit`"],
  [
    "a number of a message in words",
    '{"type":"history","before":"1"}',
    "invalid_frame",
    "`before`",
  ],
  ["a topic that is null", '{"type":"topic","text":null}', "invalid_frame", "`text`"],
  [
    "a password that is a number",
    '{"type":"register","password":1}',
    "invalid_frame",
    "`password`",
  ],
  [
    "a resume that is a token alone",
    '{"type":"hello","name":"a","resume":"t"}',
    "invalid_frame",
    "`resume`",
  ],
  [
    "a resume without rooms",
    '{"type":"hello","name":"a","resume":{"session":"t"}}',
    "invalid_frame",
    "`resume.rooms` is missing",
  ],
  [
    "a resume with a list of rooms",
    '{"type":"hello","name":"a","resume":{"session":"t","rooms":["lobby"]}}',
    "invalid_frame",
    "`resume.rooms` must be an object",
  ],
  [
    "a resume with a number below none",
    '{"type":"hello","name":"a","resume":{"session":"t","rooms":{"lobby":-1}},"id":"7"}',
    "invalid_frame",
    "`resume.rooms.lobby`",
    "7",
  ],
  [
    "a resume with half a whisper",
    '{"type":"hello","name":"a","resume":{"session":"t","rooms":{},"whisper":0.5}}',
    "invalid_frame",
    "`resume.whisper`",
  ],
  [
    "a resume from the prototype",
    '{"type":"hello","name":"a","resume":{"__proto__":{"session":"t","rooms":{}}}}',
    "invalid_frame",
    "`resume.session`",
  ],
  [
    "a file without a name",
    '{"type":"offer","to":"a","name":" ","size":1}',
    "invalid_frame",
    "`name`",
  ],
  [
    "a file with a name of control characters",
    '{"type":"offer","to":"a","name":"\\u0007","size":1}',
    "invalid_frame",
    "`name` must not be blank",
  ],
  [
    "a file with an endless name",
    `{"type":"offer","to":"a","name":"${"x".repeat(256)}","size":1}`,
    "invalid_frame",
    "`name` may have at most 255",
  ],
  [
    "a file of less than nothing",
    '{"type":"offer","to":"a","name":"b","size":-1}',
    "invalid_frame",
    "`size`",
  ],
  [
    "a file of half a byte",
    '{"type":"offer","to":"a","name":"b","size":0.5}',
    "invalid_frame",
    "`size`",
  ],
  ["an empty piece", '{"type":"chunk","transfer":1,"data":""}', "invalid_frame", "`data`"],
  [
    "a piece that is no base64",
    '{"type":"chunk","transfer":1,"data":"a\\"b="}',
    "invalid_frame",
    "`data` must be base64",
  ],
  [
    "a piece that was cut",
    '{"type":"chunk","transfer":1,"data":"AAA"}',
    "invalid_frame",
    "`data` must be base64",
  ],
  [
    "a piece that is too large",
    `{"type":"chunk","transfer":1,"data":"${"A".repeat(MAX_CHUNK_BYTES / 3 * 4 + 4)}"}`,
    "invalid_frame",
    "`data` may have at most 32000",
  ],
  [
    "a checksum that is none",
    '{"type":"finish","transfer":1,"sha256":"abc"}',
    "invalid_frame",
    "`sha256` must be 64 hexadecimal digits",
  ],
  [
    "a whisper without a recipient",
    '{"type":"whisper","text":"x","id":"7"}',
    "invalid_frame",
    "`to`",
    "7",
  ],
];

for (const [why, json, code, says, ref] of REFUSED) {
  Deno.test(`json: ${why} is refused`, () => {
    const { error, frame, ref: answered } = parse(json) as Exclude<ParsedInput, undefined> & {
      ref?: string;
    };
    assertEquals(frame, undefined);
    assertEquals(error?.code, code);
    assertStringIncludes(error!.text, says);
    assertEquals(answered, ref);
  });
}

Deno.test("json: a missing field is reported as missing", () => {
  for (
    const [json, field] of [
      ['{"type":"nick"}', "name"],
      ['{"type":"message","id":"7"}', "text"],
      ['{"type":"ping"}', "t"],
    ] as const
  ) {
    assertEquals(
      parse(json)?.error?.text,
      `Invalid request: \`${field}\` is missing.`,
    );
  }
});

Deno.test("json: a number that JSON cannot represent is refused", () => {
  assertEquals(parse('{"type":"ping","t":1e999}')?.error?.code, "invalid_frame");
});

Deno.test("json: invalid UTF-8 is reported", () => {
  for (
    const json of ['{"type":"message","text":"caf\xe9"}', '{"type":"nick","name":"\xff"}', "\xa0"]
  ) {
    assertEquals(parseJsonFrame(json)?.error?.code, "invalid_utf8", JSON.stringify(json));
  }
});

Deno.test("json: an unknown type is reported clean and shortened", () => {
  const { text } = parse({ type: "\x1b[2J\u202e" + "x".repeat(1000) })!.error!;
  assertMatch(text, /^There is no frame of type "\[2Jx{20,29}…?"\. See docs\/PROTOCOL\.md\.$/);
  assert(parse({ type: "x".repeat(31) + "😀" })!.error!.text.isWellFormed());
});

Deno.test("json: deep nesting is refused without a stack overflow", () => {
  const deep = (open: string, close: string) => {
    const depth = Math.floor(MAX_FRAME_BYTES / (open + close).length) - 50;
    return open.repeat(depth) + "1" + close.repeat(depth);
  };
  const array = deep("[", "]");
  const object = deep('{"a":', "}");
  assertEquals(parse(array)?.error?.code, "invalid_json");
  assertEquals(parse(object)?.error?.code, "invalid_frame");
  for (const value of [array, object]) {
    assertEquals(parse(`{"type":"message","text":${value}}`)?.error?.code, "invalid_frame");
    assertEquals(parse(`{"type":"quit","x":${value}}`), { frame: { type: "quit" } });
  }
  assertEquals(parse("[".repeat(MAX_FRAME_BYTES))?.error?.code, "invalid_json");
});
