import { assertEquals } from "@std/assert";
import {
  type ClientProtocol,
  lengthPrefix,
  MAX_FRAME_BYTES,
  MAX_IRC_INPUT_BYTES,
  MAX_LINE_BYTES,
  TOO_LONG,
} from "../../../protocol/mod.ts";
import { createInputFormat } from "../../../server/session/input.ts";

/** A kind, its limit, and a message as received. */
const KINDS: readonly (readonly [ClientProtocol, number, wrap: (message: string) => string])[] = [
  ["text", MAX_LINE_BYTES, (message) => message + "\n"],
  ["json", MAX_FRAME_BYTES, (message) => message + "\n"],
  ["irc", MAX_IRC_INPUT_BYTES, (message) => message + "\n"],
  ["length", MAX_FRAME_BYTES, (message) => lengthPrefix(message.length) + message],
  ["websocket", MAX_FRAME_BYTES, (message) => message],
];

for (const [kind, limit, wrap] of KINDS) {
  Deno.test(`input format: ${kind} accepts ${limit} bytes and no more`, () => {
    for (const [length, expected] of [[limit, "x".repeat(limit)], [limit + 1, TOO_LONG]] as const) {
      const { decoder } = createInputFormat(kind);
      const bytes = wrap("x".repeat(length));
      decoder.push(bytes);
      const isKept = kind !== "websocket" || length <= limit;
      assertEquals(decoder.buffered, (isKept ? bytes.length : 0) + (kind === "websocket" ? 16 : 0));
      assertEquals(decoder.next(), expected);
    }
  });

  Deno.test(`input format: ${kind} continues after input over the limit, if it declares that`, () => {
    const { decoder, resumes, tooLong } = createInputFormat(kind);
    decoder.push(wrap("x".repeat(limit + 1)));
    assertEquals(decoder.next(), TOO_LONG);
    decoder.push(wrap("next"));
    assertEquals(decoder.next(), resumes ? "next" : TOO_LONG);
    assertEquals(resumes, kind !== "length");
    assertEquals(tooLong.code, /text|irc/.test(kind) ? "line_too_long" : "frame_too_long");
  });

  Deno.test(`input format: ${kind} is the input of ${kind === "text" ? "a user" : "a program"}`, () => {
    const { parse, isPerson } = createInputFormat(kind);
    assertEquals(isPerson, kind === "text");
    // The lines of IRC are no frames.
    const type = kind === "irc" ? undefined : "users";
    assertEquals(parse?.(isPerson ? "/users" : '{"type":"users"}')?.frame?.type, type);
  });

  Deno.test(`input format: ${kind} shares no state between sessions`, () => {
    const [one, other] = [createInputFormat(kind), createInputFormat(kind)];
    one.decoder.push(wrap("x"));
    assertEquals(other.decoder.next(), undefined);
    assertEquals(other.decoder.buffered, 0);
  });
}

Deno.test("input format: half a line at the end is a line, half a frame is dropped", () => {
  const finished = (kind: ClientProtocol, bytes: string) => {
    const { decoder } = createInputFormat(kind);
    decoder.push(bytes);
    decoder.next();
    return decoder.finish();
  };
  assertEquals(finished("text", "hi"), "hi");
  assertEquals(finished("json", '{"type":"quit"}'), '{"type":"quit"}');
  assertEquals(finished("length", lengthPrefix(2) + "h"), undefined);
});
