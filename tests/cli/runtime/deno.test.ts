import { assertEquals } from "@std/assert";

Deno.test("runtime of Deno: without a terminal, or with a closed one, there are no columns", async () => {
  const module = new URL("../../../cli/runtime/deno.ts", import.meta.url).href;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `import { runtime } from "${module}"; console.log(runtime.columns());`],
    stdin: "null",
    stderr: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "0\n");
});
