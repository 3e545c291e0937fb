import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { peersPicture } from "../../../tools/pictures/peers.ts";

Deno.test("peers picture: the longest bar fills the width, and bars that may do more are marked", () => {
  const svg = peersPicture([
    { name: "fast <1>", rate: 2_000_000, ratio: "1.00", isLimit: true },
    { name: "slow", rate: 500_000, ratio: "0.25", isLimit: false },
  ], ["a date", "a command & more"]);
  const bars = [...svg.matchAll(/class="(bar[^"]*)" x="(\d+)" y="\d+" width="([\d.]+)"/g)]
    .map(([, kind, x, width]) => [kind, Number(x), Number(width)] as const);
  assertEquals(bars.map(([kind]) => kind), ["bar", "bar more"]);
  const [first, second] = bars.map(([, , width]) => width);
  assert(first! > 300);
  assertAlmostEquals(second!, first! / 4, 0.1);
  assertStringIncludes(svg, ">fast &lt;1&gt;</text>");
  assertStringIncludes(svg, "2.00M/s<tspan");
  assertStringIncludes(svg, "× 0.25, may do more");
  assertStringIncludes(svg, "a command &amp; more");
});
