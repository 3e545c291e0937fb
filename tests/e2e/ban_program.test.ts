/** `hubbub ban`: how an operator whose own address is banned gets access again. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { addAccount } from "../support/accounts.ts";
import { runProgram, startServe } from "../support/program.ts";
import { RawClient } from "../support/raw_client.ts";

/** Runs `hubbub ban`. */
async function ban(
  ...parameters: string[]
): Promise<[stdout: string, stderr: string, exit: number]> {
  const { code, stdout, stderr } = await runProgram(["ban", ...parameters]);
  return [stdout, stderr, code];
}

Deno.test("ban list shows the ban on the address of an operator, and ban remove ends it", async () => {
  const data = await Deno.makeTempDir({ prefix: "hubbub-ban-" });
  try {
    await addAccount(data, "Op", "open sesame", true);
    {
      await using serve = await startServe(["--data", data]);
      const { client: op } = await RawClient.hello(serve.port, {
        name: "Op",
        password: "open sesame",
      });
      op.sendFrame({ type: "ban", target: "127.0.0.0/8" });
      assertEquals((await op.frame("error")).code, "not_oneself");
      op.sendFrame({ type: "ban", target: "127.0.0.0/8", reason: "a test", force: true });
      assertEquals((await op.frame("notice")).text, "127.0.0.0/8 is banned.");
      op.close();
      const refused = await RawClient.connect(serve.port);
      refused.sendFrame({ type: "hello", name: "Op", password: "open sesame" });
      assertEquals((await refused.frame("error")).code, "banned");

      assertEquals(await ban("list", "--data", data), ["127.0.0.0/8 by Op: a test\n", "", 0]);
      const [stdout, , exit] = await ban("remove", "127.0.0.1/8", "--data", data);
      assertEquals([stdout, exit], ["127.0.0.0/8 is no longer banned.\n", 0]);
      await serve.stderr.until(/unbanned target=127\.0\.0\.0\/8 by=administrator/);
      const back = await RawClient.hello(serve.port, { name: "Op", password: "open sesame" });
      back.client.close();
      refused.close();
    }
    const [, stderr, exit] = await ban("remove", "Absent", "--data", data);
    assertStringIncludes(stderr, "There is no ban on Absent.");
    assertEquals(exit, 1);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
