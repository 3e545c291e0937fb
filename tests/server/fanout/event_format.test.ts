import { assertEquals } from "@std/assert";
import type { MessageFrame, ServerFrame } from "../../../protocol/mod.ts";
import { createEncoders } from "../../../server/fanout/encoder.ts";
import { createEventFormats } from "../../../server/fanout/event_format.ts";

const { json } = createEncoders(() => 0);
const { sse, ndjson } = createEventFormats(json);

const message: MessageFrame = {
  ...{ type: "message", seq: 7, room: "tea", from: "Ann" },
  ...{ text: "wäves\nid: 9\n\r\u2028data: x", time: 5 },
};

Deno.test("event format: a message is one event, whatever its text contains", () => {
  const text = sse.encoder.toBuffer(sse.encoder.encode(message)).toString();
  const [id, data, ...end] = text.split("\n");
  assertEquals([id, end], ["id: 7", ["", ""]]);
  assertEquals(JSON.parse(data!.replace(/^data: /, "")), message);
  assertEquals(data!.includes("\r"), false);
  const line = ndjson.encoder.toBuffer(ndjson.encoder.encode(message)).toString();
  assertEquals([JSON.parse(line), line.split("\n").length], [message, 2]);
});

Deno.test("event format: skipped messages are an event with the number of the last one", () => {
  const skipped = { type: "skipped", room: "tea", count: 3, from: 2, to: 4 } as const;
  const object = '{"type":"skipped","room":"tea","count":3,"from":2,"to":4}';
  assertEquals(sse.encoder.encode(skipped), `event: skipped\nid: 4\ndata: ${object}\n\n`);
  assertEquals(ndjson.encoder.encode(skipped), `${object}\n`);
});

Deno.test("event format: no other frame is an event", () => {
  const others: ServerFrame[] = [
    { type: "joined", room: "tea", name: "Ann", time: 1 },
    { type: "left", room: "tea", name: "Ann", time: 1 },
    { type: "topic", room: "tea", text: "x" },
    { type: "notice", text: "x" },
    { type: "whisper", from: "Ann", to: "Bob", text: "x", time: 1 },
    { type: "bye", reason: "shutdown", text: "x" },
  ];
  for (const frame of others) {
    assertEquals([sse.encoder.encode(frame), ndjson.encoder.encode(frame)], ["", ""], frame.type);
  }
});

Deno.test("event format: a stream begins with the number from which a browser resumes", () => {
  assertEquals(sse.start(12), "retry: 2000\nid: 12\n\n");
  assertEquals(ndjson.start(12), "");
});
