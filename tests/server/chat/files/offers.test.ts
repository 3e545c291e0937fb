import { assertEquals } from "@std/assert";
import { Offers } from "../../../../server/chat/files/offers.ts";
import type { Room } from "../../../../server/chat/room.ts";
import { FakeClock, memberOf } from "../../fakes.ts";

Deno.test("offers: stored answers are bounded, and dropped with their offer", () => {
  const offers = new Offers({ notify: () => {}, notifyOthers: () => {} }, new FakeClock());
  const room = { name: "lobby" } as Room;
  const open = (sender = memberOf("Sender")) =>
    offers.open(sender, { room }, { name: "a", size: 1 }).value!;
  const members = Array.from({ length: 1024 }, (_, index) => memberOf(`u${index}`));
  const senders = Array.from({ length: 64 }, (_, index) => memberOf(`s${index}`));
  for (const sender of senders) {
    const offer = open(sender);
    for (const member of members) assertEquals(offers.answer(offer, member), undefined);
  }
  const late = open();
  assertEquals(offers.answer(late, members[0]!)?.code, "files_busy");
  offers.forget(senders[0]!);
  assertEquals(offers.answer(late, members[0]!), undefined);
});
