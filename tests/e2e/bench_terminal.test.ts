/**
 * The load tester on a terminal, which sends Ctrl+C to every program in its foreground.
 */

import { assert, assertMatch } from "@std/assert";
import { hasTmux, Tmux } from "../support/tmux.ts";
import { sampleOf } from "../support/thorough.ts";

const withoutTmux = !hasTmux();

for (
  const parameters of sampleOf([
    ["broadcast", "-c", "6", "-R", "200", "-d", "60"],
    ["broadcast", "-c", "6", "-R", "200", "-d", "60", "-w", "2"],
    ["rooms", "--rooms", "2", "-c", "4", "-d", "60"],
  ], 1)
) {
  Deno.test({
    name: `Ctrl+C on a terminal: ${
      parameters.join(" ")
    } reports no failure for what it ended itself`,
    ignore: withoutTmux,
    fn: async () => {
      await using terminal = await Tmux.start(["bench", ...parameters]);
      await terminal.until(/running \[.*\| [1-9]\S* deliveries/);
      await terminal.press("C-c");
      const screen = await terminal.until(/exit code/);
      assertMatch(screen, /^Interrupted\.$/m);
      assertMatch(screen, /^exit code 130$/m);
      assert(!/FAILED|shutdown|closed/.test(screen), screen);
    },
  });
}
