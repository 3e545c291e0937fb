import { assertEquals } from "@std/assert";
import { DelayHistogram } from "../../../server/observability/metrics.ts";
import { Exposition } from "../../../server/observability/exposition_format.ts";

Deno.test("exposition: a counter, and a gauge with labels", () => {
  assertEquals(
    new Exposition()
      .counter("a_total", "What a is.", 3)
      .gauge("b", "What b is.", 1.5, { version: "1" })
      .text,
    "# HELP a_total What a is.\n# TYPE a_total counter\na_total 3\n" +
      '# HELP b What b is.\n# TYPE b gauge\nb{version="1"} 1.5\n',
  );
});

Deno.test("exposition: one sample for each value of a label", () => {
  assertEquals(
    new Exposition().byLabel("gauge", "a", "A.", "kind", { x: 1, y: 0, z: undefined }).text,
    '# HELP a A.\n# TYPE a gauge\na{kind="x"} 1\na{kind="y"} 0\n',
  );
});

Deno.test("exposition: escapes what would end a line or a label", () => {
  assertEquals(
    new Exposition().gauge("a", 'one\ntwo "x" \\', 0, { b: 'x"y\\z\n' }).text,
    '# HELP a one\\ntwo "x" \\\\\n# TYPE a gauge\na{b="x\\"y\\\\z\\n"} 0\n',
  );
});

Deno.test("exposition: a histogram's buckets contain the ones before them", () => {
  const histogram = new DelayHistogram();
  for (const seconds of [0, 0.005, 0.006, 0.3, 99]) histogram.observe(seconds);
  const { text } = new Exposition().histogram("a", "A.", histogram);
  const samples = text.split("\n").filter((line) => line.startsWith("a"));
  assertEquals(samples, [
    'a_bucket{le="0.005"} 2',
    'a_bucket{le="0.01"} 3',
    'a_bucket{le="0.025"} 3',
    'a_bucket{le="0.05"} 3',
    'a_bucket{le="0.1"} 3',
    'a_bucket{le="0.25"} 3',
    'a_bucket{le="0.5"} 4',
    'a_bucket{le="1"} 4',
    'a_bucket{le="2.5"} 4',
    'a_bucket{le="+Inf"} 5',
    "a_sum 99.311",
    "a_count 5",
  ]);
});
