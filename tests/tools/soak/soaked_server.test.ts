import { assertEquals } from "@std/assert";
import { Exposition } from "../../../server/observability/exposition_format.ts";
import { DelayHistogram } from "../../../server/observability/metrics.ts";
import {
  byLabel,
  coreTicks,
  histogramPercentile,
  readExposition,
} from "../../../tools/soak/soaked_server.ts";

Deno.test("ticks of one core: all but idle and iowait are busy, guests count once", () => {
  const text = "cpu  999 1 1 1 1 1 1 1 1 1\ncpu0 100 20 30 1000 50 1 2 3 40 5\n" +
    "cpu1 1 1 1 1 1 1 1 1 1 1\nintr 1\n";
  assertEquals(coreTicks(text, 0), { busy: 156, passed: 1206 });
});

const read = (exposition: Exposition) => readExposition(exposition.text);

function delays(...seconds: number[]) {
  const histogram = new DelayHistogram();
  for (const delay of seconds) histogram.observe(delay);
  return read(new Exposition().histogram("delay", "How late.", histogram));
}

Deno.test("reads the exposition of the server", () => {
  const values = read(
    new Exposition().gauge("rooms", "Rooms.", 3)
      .byLabel("counter", "refused_total", "Refused.", "reason", { full: 2, 'odd "one"': 1 }),
  );
  assertEquals(values.get("rooms"), 3);
  assertEquals([...byLabel(values, "refused_total", "reason").values()], [2, 1]);
  assertEquals(byLabel(values, "refused_total", "reason").get("full"), 2);
  assertEquals(byLabel(values, "rooms", "reason").size, 0);
});

Deno.test("a percentile is the upper bound of its bucket, from the difference of two readings", () => {
  const before = delays(0.2);
  assertEquals(histogramPercentile(before, before, "delay", 99), null);
  const after = delays(0.2, ...Array.from({ length: 99 }, () => 0.001), 3);
  assertEquals(histogramPercentile(before, after, "delay", 50), 0.005);
  assertEquals(histogramPercentile(before, after, "delay", 99), 0.005);
  assertEquals(histogramPercentile(before, after, "delay", 100), Infinity);
});
