import { assertEquals } from "@std/assert";
import { fromByteString, jsonOf, type ServerFrame } from "../../../protocol/mod.ts";
import { JsonMemo } from "../../../server/fanout/encoder.ts";

Deno.test("json memo: a frame is encoded once", () => {
  const memo = new JsonMemo();
  let made = 0;
  const notice = (text: string): ServerFrame => ({
    type: "notice",
    get text() {
      made++;
      return text;
    },
  });
  const [one, two] = [notice("é"), notice("é")];
  const first = memo.encode(one);
  assertEquals(fromByteString(first), '{"type":"notice","text":"é"}');
  assertEquals(memo.encode(one), first);
  assertEquals(made, 1);
  assertEquals(memo.encode(two), first);
  assertEquals(made, 2, "an equal frame is another object");
  assertEquals(memo.encode(one), first);
  assertEquals(made, 3, "only the last frame is kept");
});

Deno.test("json memo: it is the JSON of the protocol", () => {
  const frame = { type: "pong", t: 1.5 } as const;
  assertEquals(new JsonMemo().encode(frame), jsonOf(frame));
});
