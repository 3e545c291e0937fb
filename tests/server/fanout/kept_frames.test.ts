import { assertEquals } from "@std/assert";
import { Audience } from "../../../server/fanout/audience.ts";
import { Fanout } from "../../../server/fanout/fanout.ts";
import { FORMATS, IMPATIENT, joined, message, offered, subscriberOf } from "./fanout_stage.ts";

Deno.test("kept frames: an offer to a room is kept for a skipped client, up to half of the hard bound", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const slow = subscriberOf(FORMATS[0]!, { ...IMPATIENT, hardBytes: 100 });
  fanout.subscribe(slow.subscriber, audience);
  fanout.broadcast(audience, message(1));
  fanout.flush(0);
  fanout.broadcast(audience, message(2));
  fanout.broadcast(audience, offered("a"));
  fanout.broadcast(audience, offered("b".repeat(60)));
  fanout.broadcast(audience, offered("c"));
  fanout.flush(0);
  fanout.broadcast(audience, offered("d"));
  fanout.direct(slow.subscriber, "ack");
  fanout.broadcast(audience, offered("e".repeat(60)));
  fanout.flush(0);
  slow.sink.takeAll();
  assertEquals(slow.sink.bytes, "(1)(a)(c)(d)ack");
});

Deno.test("kept frames: the pieces of one turn together stay within the bound", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience();
  const slow = subscriberOf(FORMATS[0]!, { ...IMPATIENT, hardBytes: 100 });
  fanout.subscribe(slow.subscriber, audience);
  fanout.direct(slow.subscriber, "under way");
  fanout.flush(0);
  for (let count = 0; count < 5; count++) {
    fanout.broadcast(audience, offered(`${count}`.repeat(10)));
    fanout.direct(slow.subscriber, "+");
  }
  fanout.flush(0);
  slow.sink.takeAll();
  assertEquals(slow.sink.bytes, "under way(0000000000)+(1111111111)+(2222222222)+++");
});

Deno.test("kept frames: IRC clients that are skipped get joins, leaves and names, whose lists remove no name", () => {
  const fanout = new Fanout(() => {});
  const audience = new Audience("lobby");
  const [irc, text] = (["irc", "text"] as const).map((kind) => {
    const slow = subscriberOf({ ...FORMATS[0]!, kind }, { ...IMPATIENT, hardBytes: 100 });
    fanout.subscribe(slow.subscriber, audience);
    return slow;
  });
  fanout.broadcast(audience, message(1));
  fanout.flush(0);
  const left = { type: "left", room: "lobby", name: "Ann", time: 0 } as const;
  fanout.broadcast(audience, joined("Ann"));
  fanout.broadcast(audience, message(2));
  fanout.broadcast(audience, left);
  fanout.flush(0);
  for (const { sink } of [irc!, text!]) sink.takeAll();
  assertEquals([irc!.sink.bytes, text!.sink.bytes], ["(1)(Ann)(left)", "(1)"]);
  const skipped = { room: "lobby", count: 1, from: 2, to: 2 };
  assertEquals(irc!.drained, [skipped]);
  assertEquals(text!.drained, [{ ...skipped, hasNotices: true }]);
  fanout.broadcast(audience, message(3));
  fanout.flush(0);
  fanout.broadcast(audience, joined("b".repeat(90)));
  fanout.flush(0);
  irc!.sink.takeAll();
  assertEquals(irc!.drained.at(-1)?.hasNotices, true, "past the bound the list follows");
});
