import { assertEquals } from "@std/assert";
import { toBytes } from "../../../protocol/mod.ts";
import { Outbox } from "../../../server/fanout/outbox.ts";
import { OutboxBudget } from "../../../server/fanout/outbox_budget.ts";
import { FakeSink } from "../fakes.ts";

Deno.test("outbox budget: counts waiting bytes, and ends the largest outboxes first", () => {
  const ended: string[] = [];
  const budget = new OutboxBudget(300);
  const limits = { softBytes: 10, softMilliseconds: 1000, hardBytes: 1000 };
  const outboxes = ["small", "large", "medium"].map((name) => {
    const sink = new FakeSink();
    const outbox = new Outbox(sink, limits, () => {}, () => ended.push(name), { budget });
    outbox.write(toBytes("in flight"));
    return { sink, outbox };
  });
  const [small, large, medium] = outboxes;
  assertEquals(budget.usedBytes, 0, "active writes do not count");
  small!.outbox.write(toBytes("x".repeat(50)));
  large!.outbox.write(toBytes("x".repeat(150)));
  medium!.outbox.write(toBytes("x".repeat(100)));
  assertEquals(budget.usedBytes, 300);
  budget.enforce();
  assertEquals(ended, [], "the limit is inclusive");
  medium!.outbox.write(toBytes("y"));
  budget.enforce();
  assertEquals(ended, ["large"]);
  assertEquals(budget.usedBytes, 151);
  small!.sink.takeAll();
  medium!.outbox.close();
  assertEquals(budget.usedBytes, 0);
});
