import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { openUrl } from "../../cli/chat.ts";

/** Puts something in the place of the desktop's opener. */
async function withOpener(script: string | undefined, use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-" });
  try {
    if (script !== undefined) {
      await Deno.writeTextFile(join(folder, "xdg-open"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ignore = Deno.build.os !== "linux";

Deno.test({
  name: "open url: the desktop gets the address unchanged",
  ignore,
  fn: () =>
    withOpener('printf %s "$1" > "${0%/*}/opened"', async (folder) => {
      const url = "http://[::1]:8080/#name=a%20b&room=$(reboot)";
      assertEquals(await openUrl(url, { PATH: folder }), true);
      assertEquals(await Deno.readTextFile(join(folder, "opened")), url);
    }),
});

Deno.test({
  name: "open url: an opener that fails, and none at all",
  ignore,
  fn: async () => {
    for (const script of ["exit 3", undefined]) {
      await withOpener(script, async (PATH) => {
        assertEquals(await openUrl("http://a/", { PATH }), false);
      });
    }
  },
});
