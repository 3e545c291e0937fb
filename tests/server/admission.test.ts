import { assertEquals } from "@std/assert";
import { Admission, type AdmissionLimits } from "../../server/admission.ts";
import { Log } from "../../server/log.ts";
import { keptLog } from "./fakes.ts";

function admissionOf(limits: AdmissionLimits) {
  const { entries, write } = keptLog();
  const refused: string[] = [];
  const log = new Log("info", () => 0, write);
  const admission = new Admission(limits, log, (code) => refused.push(code));
  return { admission, entries, refused };
}

Deno.test("admission: as many as there are places, and one more when one leaves", () => {
  const { admission, refused } = admissionOf({ maxClients: 2, maxPerAddress: 0 });
  assertEquals(admission.enter("192.0.2.1"), undefined);
  assertEquals(admission.enter("192.0.2.1"), undefined);
  assertEquals(admission.enter("192.0.2.2"), {
    code: "server_full",
    text: "Server is full (2 of 2). Try again later.",
  });
  assertEquals(admission.online, 2);
  admission.leave("192.0.2.1");
  assertEquals(admission.enter("192.0.2.2"), undefined);
  assertEquals(refused, ["server_full"]);
});

Deno.test("admission: one address has its own limit; who was refused took no place", () => {
  const { admission, refused } = admissionOf({ maxClients: 3, maxPerAddress: 1 });
  admission.enter("192.0.2.1");
  assertEquals(admission.enter("192.0.2.1")?.code, "too_many_from_address");
  assertEquals(admission.online, 1);
  assertEquals(admission.enter("192.0.2.2"), undefined);
  admission.leave("192.0.2.1");
  assertEquals(admission.enter("192.0.2.1"), undefined);
  assertEquals(refused, ["too_many_from_address"]);
});

Deno.test("admission: the log is told once a report, with the number", () => {
  const { admission, entries } = admissionOf({ maxClients: 1, maxPerAddress: 1 });
  admission.enter("192.0.2.1");
  for (let count = 0; count < 1000; count++) admission.enter(`198.51.100.${count % 256}`);
  assertEquals(entries, []);
  admission.report();
  assertEquals(entries.map(({ event, fields }) => [event, fields]), [
    ["clients refused", { reason: "server_full", count: 1000, address: "198.51.100.231" }],
  ]);
  admission.report();
  assertEquals(entries.length, 1);
});
