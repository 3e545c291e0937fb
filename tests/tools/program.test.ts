import { assertEquals, assertRejects } from "@std/assert";
import { LineReader, wordsOf } from "../support/program.ts";

Deno.test("line reader: each wait for a program has a limit", async () => {
  let print!: (text: string) => void;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      print = (text) => controller.enqueue(new TextEncoder().encode(text));
      print("one\n");
    },
  });
  // The limits do not keep the process alive.
  const busy = setInterval(() => {}, 1000);
  const reader = new LineReader(stream);
  assertEquals((await reader.until(/^o(n)e$/m))[1], "n");
  await assertRejects(
    () => reader.until(/two/, 10),
    Error,
    "ran for 0.01 s without printing /two/",
  );
  await assertRejects(() => reader.all(10), Error, "has not ended in 0.01 s: one");
  setTimeout(() => print("two\n"), 10);
  assertEquals((await reader.until(/two/))[0], "two");
  clearInterval(busy);
});

Deno.test("program: the command line of another form is split as by a shell", async () => {
  assertEquals([wordsOf(), wordsOf(""), wordsOf("  ")], [undefined, undefined, undefined]);
  for (
    const line of [
      "node dist/npm/bin/hubbub.cjs",
      "  '/opt/chat server/hubbub'\t--x=\"a b\"c ",
      String.raw`/opt/chat\ server/hubbub '' "it's" 'a\b' "a\b\"c\\d" x'y'"z"`,
    ]
  ) {
    if (Deno.build.os === "windows") continue;
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf '%s\\0' ${line}`],
    }).output();
    assertEquals(wordsOf(line), new TextDecoder().decode(stdout).split("\0").slice(0, -1), line);
  }
});
