/** Blocks of commands in the documents that measure, typed as they stand; see documents.test.ts. */

import { hasCommand } from "../support/commands.ts";
import { MEASURED_BLOCKS, NEEDED_PROGRAMS } from "../support/measured_blocks.ts";
import { isThorough } from "../support/thorough.ts";
import { testBlocks } from "../support/typed_blocks.ts";

const isQuick = !isThorough("commands of the documents that measure for seconds");

testBlocks(
  MEASURED_BLOCKS,
  isQuick || !hasCommand("setsid", "--version"),
  NEEDED_PROGRAMS,
);
