import { assertEquals } from "@std/assert";
import {
  LoginRefusals,
  PresenceLog,
  RefusalLog,
} from "../../../server/observability/bounded_logs.ts";
import { Log } from "../../../server/observability/log.ts";
import { Metrics } from "../../../server/observability/metrics.ts";
import { memoryLog } from "../fakes.ts";

Deno.test("refusal log: one entry per reason and report, with the number", () => {
  const { entries, write } = memoryLog();
  const metrics = new Metrics();
  const refusals = new RefusalLog(metrics, new Log("info", () => 0, write));
  for (let count = 0; count < 1000; count++) {
    refusals.add("server_full", `198.51.100.${count % 256}`);
  }
  refusals.add("origin", "192.0.2.1", "https://evil.example");
  assertEquals(entries, []);
  refusals.report();
  assertEquals(entries.map(({ event, fields }) => [event, fields]), [
    ["clients refused", { reason: "server_full", count: 1000, address: "198.51.100.231" }],
    ["clients refused", {
      reason: "origin",
      count: 1,
      address: "192.0.2.1",
      detail: "https://evil.example",
    }],
  ]);
  assertEquals([metrics.refused.server_full, metrics.refused.origin], [1000, 1]);
  refusals.report();
  assertEquals(entries.length, 2);
});

Deno.test("presence log: twenty entries per second, of the others the number", () => {
  const { entries, write } = memoryLog();
  const presence = new PresenceLog(new Log("info", () => 0, write));
  const place = { room: "lobby", address: "192.0.2.1:4242", kind: "json" };
  const client = { ...place, name: "", listens: false, isResumed: false };
  const storm = () => {
    for (let number = 0; number < 30; number++) {
      presence.joined({ ...client, name: `Alice${number}` });
      presence.left(`Alice${number}`, client.address);
    }
  };
  storm();
  assertEquals(entries.length, 20);
  assertEquals(entries[1], {
    ...{
      time: 0,
      level: "info",
      event: "left",
      fields: { name: "Alice0", address: place.address },
    },
  });
  assertEquals(entries[0]?.fields, { name: "Alice0", ...place });
  presence.report();
  assertEquals(entries.slice(20).map(({ event, fields }) => [event, fields]), [
    ["more joined and left", { joined: 20, left: 20 }],
  ]);
  presence.report();
  assertEquals(entries.length, 21, "no new refusal");
  storm();
  assertEquals(entries.length, 41);
  presence.report();
  presence.joined({ ...client, listens: true, isResumed: true });
  presence.left("", client.address);
  assertEquals(entries.slice(-2).map(({ fields }) => fields), [
    { listening: true, ...place, resumed: true },
    { address: place.address },
  ]);
});

Deno.test("login refusals: an entry per reason and address, twenty per report, of the others the number", () => {
  const { entries, write } = memoryLog();
  const counted: string[] = [];
  const log = new Log("audit", () => 0, write);
  const refusals = new LoginRefusals(log, (code) => counted.push(code));
  for (let round = 0; round < 3; round++) {
    for (let number = 0; number < 25; number++) {
      refusals.add("login", "too_many_attempts", `192.0.2.${number}`, `name ${round}`);
    }
  }
  assertEquals([entries.length, counted.length], [0, 75]);
  refusals.report();
  assertEquals(entries.length, 21);
  assertEquals(entries[0]!.fields, {
    ...{ address: "192.0.2.0", reason: "too_many_attempts", count: 3, name: "name 2" },
  });
  assertEquals(entries[20], {
    ...{ time: 0, level: "audit", event: "more requests refused", fields: { count: 15 } },
  });
  refusals.report();
  assertEquals(entries.length, 21);
  for (const request of ["login", "registration"] as const) {
    refusals.add(request, "too_busy", "192.0.2.1", "Ann");
  }
  refusals.report();
  assertEquals(entries.slice(21).map(({ event }) => event), [
    "login refused",
    "registration refused",
  ]);
});
