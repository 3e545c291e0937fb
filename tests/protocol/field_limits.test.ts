import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  COMMANDS,
  MAX_FIELD_LENGTHS,
  MAX_LINE_BYTES,
  parseInput,
  parseJsonFrame,
  toByteString,
} from "../../protocol/mod.ts";
import {
  everyFrameType,
  everyStringField,
  frameWith,
  sampleFrame,
} from "../support/string_fields.ts";

const parse = (value: object) => parseJsonFrame(toByteString(JSON.stringify(value)));

for (const type of everyFrameType()) {
  Deno.test(`field limits: the sample of ${type} is accepted`, () => {
    assertEquals(parse(sampleFrame(type))?.error, undefined);
  });
}

for (const field of everyStringField()) {
  const { type, path, limit } = field;
  const name = path.join(".");
  Deno.test(`field limits: the one of ${type}.${name} is checked first`, () => {
    assert(limit !== undefined);
    const input = parse(frameWith(field, "\u00e4".repeat(limit + 1)));
    assert(input?.error !== undefined);
    const { code, text } = input.error;
    if (code === "invalid_frame") {
      assertEquals(
        text,
        `Invalid request: \`${name}\` may have at most ${limit} characters.`,
      );
    }
    const expected: Readonly<Record<string, string>> = {
      "hello.name": "name_invalid",
      "nick.name": "name_invalid",
      "hello.rooms.0": "room_invalid",
      "join.room": "room_invalid",
      "register.password": "password_unusable",
      "message.text": "text_too_long",
      "whisper.text": "text_too_long",
      "reply.text": "text_too_long",
      "topic.text": "text_too_long",
      "away.text": "text_too_long",
    };
    assertEquals(code, expected[`${type}.${name}`] ?? "invalid_frame");
  });

  Deno.test(`field limits: ${type}.${name} is accepted at its limit`, () => {
    const text = name === "sha256" ? "f".repeat(limit!) : "A".repeat(limit!);
    assertEquals(parse(frameWith(field, text))?.error, undefined);
  });
}

Deno.test("field limits: the one of a room of resume is checked, and its name is shortened", () => {
  const rooms = { ["\u00e4".repeat(129)]: 1 };
  const input = parse({ type: "hello", name: "Ann", resume: { session: "x", rooms } });
  assert(input?.error !== undefined);
  assertEquals(input.error.code, "invalid_frame");
  assert(input.error.text.length < 200, input.error.text);
});

Deno.test("field limits: the one of a room has the sentence of rooms", () => {
  const { error } = parse({ type: "join", room: "x".repeat(129) })!;
  assertStringIncludes(error!.text, "room");
  assertStringIncludes(error!.text, "32 characters");
});

/** The arguments of a command, as its usage names them. */
const ARGUMENTS: Readonly<Record<string, keyof typeof MAX_FIELD_LENGTHS>> = {
  "NAME": "name",
  "ROOM": "room",
  "PASSWORD": "password",
  TARGET: "target",
  TIME: "duration",
  "DURATION": "duration",
  "REASON": "reason",
  "WORDS": "words",
};
const WITHOUT_OWN = new Set(["TEXT", "ACTION", "N"]);

for (const { name, usage } of COMMANDS) {
  const words = usage.split(" ").slice(1).map((word) => word.replace(/[[\]]/g, ""));
  words.forEach((word, index) => {
    if (WITHOUT_OWN.has(word)) return;
    Deno.test(`field limits: ${word} of ${name} has one`, () => {
      const limit = MAX_FIELD_LENGTHS[ARGUMENTS[word]!];
      const line = (length: number) =>
        [name, ...words.map((_, place) => place === index ? "x".repeat(length) : "x")].join(" ");
      assertEquals(parseInput(line(limit))?.error, undefined);
      for (const length of [limit + 1, MAX_LINE_BYTES - name.length - 10]) {
        const code = parseInput(line(length))?.error?.code;
        assert(
          ["name_invalid", "room_invalid", "password_unusable", "invalid_argument"].includes(code!),
          code,
        );
      }
    });
  });
}
