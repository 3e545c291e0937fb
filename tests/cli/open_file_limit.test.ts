import { assertEquals } from "@std/assert";
import {
  cLibraries,
  type LimitCalls,
  raiseSoftLimit,
} from "../../cli/runtime/deno_open_file_limit.ts";
import { runDeno } from "../../tools/repository.ts";

/** The calls of a system that accepts soft limits up to a maximum; `set` has what was asked for. */
function fakeCalls(soft: bigint, hard: bigint, maximum: bigint) {
  const set: bigint[] = [];
  const calls: LimitCalls = {
    getrlimit(_, limits) {
      limits.set([soft, hard]);
      return 0;
    },
    setrlimit(_, [wanted]) {
      set.push(wanted!);
      return wanted! <= maximum ? 0 : -1;
    },
  };
  return { calls, set };
}

Deno.test("open files: the soft limit becomes the hard one, or the most that macOS accepts", () => {
  const unlimited = 2n ** 63n - 1n;
  for (
    const [soft, hard, maximum, expected] of [
      [1024n, 524_288n, unlimited, [524_288n]],
      [256n, unlimited, 10_240n, [unlimited, 10_240n]],
      // Lowering it would take room away.
      [20_000n, unlimited, 10_240n, [unlimited]],
      [4096n, 4096n, unlimited, []],
      [256n, 4096n, 1000n, [4096n]],
    ] as const
  ) {
    const { calls, set } = fakeCalls(soft, hard, maximum);
    raiseSoftLimit(calls, 8);
    assertEquals(set, [...expected], `${soft} ${hard}`);
  }
});

Deno.test("open files: limits that cannot be read are not changed", () => {
  const { calls, set } = fakeCalls(1n, 2n, 3n);
  raiseSoftLimit({ ...calls, getrlimit: () => -1 }, 7);
  assertEquals(set, []);
});

Deno.test({
  name: "open files: the permission for native code is given back",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const path = JSON.stringify(cLibraries(Deno.build)[0]);
    const script = `import { raiseOpenFileLimit } from "./cli/runtime/deno_open_file_limit.ts";
      const state = () => Deno.permissions.querySync({ name: "ffi", path: ${path} }).state;
      console.log(state());
      raiseOpenFileLimit();
      console.log(state());`;
    const { stdout } = await runDeno(["eval", script]);
    assertEquals(stdout, "granted\nprompt\n");
  },
});
