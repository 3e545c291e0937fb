import { assertEquals } from "@std/assert";
import { rangeOf } from "../../../server/web/byte_range.ts";

Deno.test("byte range: one range of a file of 10 bytes", () => {
  const cases:
    readonly (readonly [header: string | undefined, range: [number, number] | string])[] = [
      [undefined, "whole"],
      ["bytes=0-0", [0, 0]],
      ["bytes=2-5", [2, 5]],
      ["bytes=2-", [2, 9]],
      ["bytes=2-99", [2, 9]],
      ["bytes=9-9", [9, 9]],
      ["bytes=-3", [7, 9]],
      ["bytes=-99", [0, 9]],
      ["bytes=10-", "outside"],
      ["bytes=10-12", "outside"],
      ["bytes=-0", "outside"],
      // Not valid, several, or of another unit: ignored (RFC 9110, section 14.2).
      ["bytes=5-2", "whole"],
      ["bytes=-", "whole"],
      ["bytes=0-1,3-4", "whole"],
      ["bytes=a-b", "whole"],
      ["items=0-1", "whole"],
      ["bytes=0-99999999999999999999", "whole"],
      ["bytes=--1", "whole"],
    ];
  for (const [header, expected] of cases) {
    const range = rangeOf(header, 10) ?? "whole";
    const found = typeof range === "string" ? range : [range.first, range.last];
    assertEquals(found, expected, header);
  }
  assertEquals(rangeOf("bytes=0-", 0), "outside");
});
