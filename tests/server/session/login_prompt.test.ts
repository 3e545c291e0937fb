import { assertEquals } from "@std/assert";
import { introductionOf } from "../../../server/session/login_prompt.ts";

const start = { type: "server", server: "hubbub 1.2.3", protocol: 0 };

Deno.test("introduction: contains the fields that a program needs before its name", () => {
  const rate = { perSecond: 20, burst: 40 };
  for (
    const [hasServerPassword, limit, rest] of [
      [false, undefined, {}],
      [true, undefined, { needs: ["serverPassword"] }],
      [false, rate, { limits: rate }],
      [true, rate, { needs: ["serverPassword"], limits: rate }],
    ] as const
  ) {
    const introduction = introductionOf("hubbub 1.2.3", hasServerPassword, limit);
    assertEquals(introduction as unknown, { ...start, ...rest });
  }
});
