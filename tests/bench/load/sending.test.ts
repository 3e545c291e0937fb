import { assertEquals } from "@std/assert";
import { PayloadCodec } from "../../../bench/ledger/payload_codec.ts";
import { type Pace, Pacer } from "../../../bench/load/pacer.ts";
import { OpenLoop } from "../../../bench/load/sending.ts";
import { InFlightTracker } from "../../../bench/ledger/in_flight_tracker.ts";

/** An open loop whose clock the test sets: `stop` sends what is due, as every timer tick does. */
function openLoop(
  { rate = 1000 as Pace, senders = 2, window = 100, end = Infinity, amount = Infinity },
) {
  const clock = { now: 0 };
  const traffic = new InFlightTracker({
    ...{ receivers: 3, senders, audience: "others", window, isPaced: true },
    ...{ codec: new PayloadCodec("test", 64), now: () => clock.now },
  });
  const written: [sender: number, first: number, count: number][] = [];
  const events: string[] = [];
  const alarm = { onRing() {}, set() {}, close() {} };
  const pacer = new Pacer(rate, 0);
  const loop: OpenLoop = new OpenLoop({
    ...{ traffic, senders, amount, pacer, alarm, now: () => clock.now, end },
    write: (...batch) => written.push(batch),
    onEnd: () => events.push("end"),
    onDeserted: () => events.push("deserted"),
    onOverload: () => events.push("overload"),
  });
  return { clock, traffic, loop, written, events, pacer };
}

Deno.test("open loop: senders take turns, and what is due of one leaves in one write", () => {
  const { clock, loop, written, traffic } = openLoop({ senders: 2 });
  clock.now = 4500;
  loop.stop();
  assertEquals(written, [[0, 0, 3], [1, 0, 2]]);
  assertEquals([traffic.inFlight, loop.unsent], [5, 0]);
});

Deno.test("open loop: what is due at the end or later is not sent", () => {
  const { clock, loop, traffic } = openLoop({ end: 3000 });
  clock.now = 10_000;
  loop.stop();
  assertEquals([traffic.ledger.messages, loop.unsent], [3, 0]);
});

Deno.test("open loop: a disconnected sender is skipped", () => {
  const { clock, loop, traffic, written } = openLoop({ senders: 2 });
  traffic.disconnect(0);
  clock.now = 2000;
  loop.stop();
  assertEquals(written, [[1, 0, 3]]);
});

Deno.test("open loop: ends without any sender left", () => {
  const { clock, loop, traffic, events } = openLoop({ senders: 1 });
  traffic.disconnect(0);
  clock.now = 1;
  loop.start();
  assertEquals([events, loop.unsent], [["deserted"], 0]);
});

Deno.test("open loop: reports more messages in flight than fit, and holds nothing back", () => {
  const { clock, loop, traffic, events, written } = openLoop({ senders: 1, window: 5 });
  clock.now = 10_000;
  loop.start();
  assertEquals(events, ["overload"]);
  assertEquals(written, [[0, 0, 5]]);
  assertEquals([traffic.inFlight, loop.unsent], [5, 1]);
});

Deno.test("open loop: ends if another thread loses the last receiver before a message is sent", () => {
  const { clock, loop, traffic, events, written } = openLoop({ senders: 1 });
  const { canSend } = traffic;
  traffic.canSend = (sender) => {
    const could = canSend.call(traffic, sender);
    for (const receiver of [1, 2]) traffic.disconnect(receiver);
    return could;
  };
  clock.now = 1;
  loop.start();
  assertEquals([events, written, loop.unsent], [["deserted"], [], 0]);
  assertEquals([traffic.inFlight, traffic.ledger.messages], [0, 0]);
});

Deno.test("open loop: a late generator reports its unsent messages and its delay", () => {
  const { clock, loop, pacer, traffic } = openLoop({ window: 10_000, end: 2_000_000 });
  clock.now = 1_999_500;
  loop.stop();
  assertEquals([traffic.ledger.messages, loop.unsent], [512, 2000 - 512]);
  assertEquals(pacer.slip.count, 2000);
  assertEquals(pacer.slip.summary()!.max, 1_999_500);
});

Deno.test("open loop: an amount ends it, when one more message would be due", () => {
  const { clock, loop, traffic, events } = openLoop({ amount: 3 });
  clock.now = 2999;
  loop.start();
  assertEquals([traffic.ledger.messages, events], [3, []]);
  clock.now = 3000;
  loop.start();
  assertEquals([traffic.ledger.messages, events], [3, ["end"]]);
});

Deno.test("open loop: an amount that a ramp to nothing never makes ends with the ramp", () => {
  const { clock, loop, traffic, events } = openLoop({
    amount: 1000,
    end: Infinity,
    rate: { from: 10, to: 0, seconds: 1 },
  });
  clock.now = 1_000_000;
  loop.start();
  assertEquals([traffic.ledger.messages, events], [5, ["end"]]);
});
