import { assertEquals } from "@std/assert";
import { mutexMemory } from "../../../bench/ledger/mutex.ts";
import { TotalOrder, totalOrderMemory } from "../../../bench/ledger/total_order.ts";

/** Messages as they come in: who gets which of whom. */
type Delivery = readonly [receiver: number, sender: number, sequence: number];

/** How many violate the order, of receivers 0 and 1 that send, and 2 and 3 that do not. */
function violations(deliveries: readonly Delivery[], shift = 4): number {
  const order = new TotalOrder(totalOrderMemory(2, shift, mutexMemory()), 4, 2);
  for (const delivery of deliveries) order.receive(...delivery);
  return order.check.violations;
}

Deno.test("total order: all get all in one order, however far they are behind each other", () => {
  const messages = Array.from({ length: 12 }, (_, n) => [n % 2, Math.floor(n / 2)] as const);
  const of = (receiver: number) =>
    messages.filter(([sender]) => sender !== receiver)
      .map(([sender, sequence]): Delivery => [receiver, sender, sequence]);
  assertEquals(violations([of(2), of(3), of(0), of(1)].flat()), 0);
  // Those who send get theirs before the order is known, also of a message that they then sent.
  assertEquals(violations([of(0), of(1), of(3), of(2)].flat()), 0);
  assertEquals(
    violations(messages.flatMap((_, n) => [3, 2, 1, 0].flatMap((r) => of(r).slice(n, n + 1)))),
    0,
  );
});

Deno.test("total order: two receivers see two senders in different orders", () => {
  assertEquals(violations([[2, 0, 0], [2, 1, 0], [3, 1, 0], [3, 0, 0]]), 1);
  // Each alone is right: the order of single senders is kept.
  assertEquals(violations([[2, 0, 0], [2, 0, 1], [3, 0, 0], [3, 0, 1]]), 0);
});

Deno.test("total order: a receiver that sends is held against the others", () => {
  const order = new TotalOrder(totalOrderMemory(3, 4, mutexMemory()), 5, 3);
  // Receiver 0 gets messages of 1 and 2 in reverse order, before any other receiver has them.
  for (const [sender, sequence] of [[2, 0], [1, 0]] as const) order.receive(0, sender, sequence);
  assertEquals(order.check, { violations: 0, unchecked: 2 }, "nothing is known yet");
  for (const receiver of [3, 4]) {
    for (const [sender, sequence] of [[1, 0], [0, 0], [2, 0]] as const) {
      order.receive(receiver, sender, sequence);
    }
  }
  assertEquals(order.check, { violations: 1, unchecked: 0 });
});

Deno.test("total order: places are used again, and what is forgotten is no violation", () => {
  const rounds = Array.from({ length: 100 }, (_, n) => n);
  const deliveries = rounds.flatMap((
    n,
  ): Delivery[] => [[2, 0, n], [3, 0, n], [2, 1, n], [3, 1, n]]);
  assertEquals(violations(deliveries, 1), 0);
  assertEquals(violations([...deliveries, [1, 0, 0], [1, 0, 99]], 1), 0);
});

Deno.test("total order: two threads share one order", () => {
  const memory = totalOrderMemory(1, 4, mutexMemory());
  const [one, other] = [new TotalOrder(memory, 2, 1), new TotalOrder(memory, 2, 0)];
  for (const sequence of [0, 1, 2]) one.receive(1, 0, sequence);
  for (const sequence of [0, 2, 1]) other.receive(0, 0, sequence);
  assertEquals([one.check.violations, other.check.violations], [0, 1]);
});

Deno.test("total order: deliveries that cannot be checked are counted", () => {
  const order = new TotalOrder(totalOrderMemory(2, 18, mutexMemory()), 3, 1);
  const count = 70_000;
  const maximum = 65_536;
  for (let n = 0; n < count; n++) order.receive(0, 1, n < maximum ? n : count - 1 - (n - maximum));
  assertEquals(order.check, { violations: 0, unchecked: count });
  for (let n = 0; n < count; n++) order.receive(1, 1, n);
  assertEquals(order.check, { violations: 0, unchecked: count - maximum });
  // Another message has its place in the ring.
  const reused = new TotalOrder(totalOrderMemory(1, 1, mutexMemory()), 3, 0);
  for (const [receiver, sequence] of [[0, 0], [0, 2], [1, 0], [1, 2]] as const) {
    reused.receive(receiver, 0, sequence);
  }
  assertEquals(reused.check, { violations: 0, unchecked: 1 });
});
