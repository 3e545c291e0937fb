/** Blocks of commands in the documents that measure, typed as they stand; see documents.test.ts. */

import { hasCommand } from "../support/commands.ts";
import { MEASURED_BLOCKS, NEEDED_PROGRAMS } from "../support/measured_blocks.ts";
import { sideBySide } from "../support/side_by_side.ts";
import { isThorough } from "../support/thorough.ts";
import { commandBlocks } from "../support/typed_blocks.ts";

const isQuick = !isThorough("commands of the documents that measure for seconds");

// Their figures are not judged, so that they can run at the same time: each takes its seconds.
Deno.test({
  name: "documents: blocks that measure",
  ignore: isQuick || !hasCommand("setsid", "--version") || Deno.build.os !== "linux",
  fn: () => {
    const blocks = commandBlocks();
    const possible = Object.entries(MEASURED_BLOCKS).filter(([name]) => {
      const program = NEEDED_PROGRAMS[name];
      return program === undefined || hasCommand(program, "--version");
    });
    return sideBySide(possible.map(([name, type]) => [name, () => type(blocks.get(name)!)]));
  },
});
