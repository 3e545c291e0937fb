import { assertEquals } from "@std/assert";
import { Audience } from "../../../server/fanout/audience.ts";
import { Fanout } from "../../../server/fanout/fanout.ts";
import { FORMATS, IMPATIENT, message, offered, subscriberOf } from "./fanout_stage.ts";

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
