/** Paths that lead to what is no ordinary file or folder: each option says what is so, in one line. */

import { assertEquals } from "@std/assert";
import { isFromSources, startProgram } from "../support/program.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

/** Deno opens no files of the kernel and no devices. */
const isKept = isFromSources("unusable paths: only Deno refuses files of the system");

const SYSTEM = "it belongs to the system, as all below /proc, /sys and /dev.";

/** Runs the program to its end; returns its exit code and what it said. */
async function run(parameters: readonly string[]) {
  await using program = startProgram(parameters);
  await program.stdin.close();
  const exit = await program.exit;
  return [exit, await program.stderr.all()] as const;
}

Deno.test({
  name: "a path to the system's files, a device, a folder or nothing is named in the error",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withEmptyFolder(async (folder) => {
      const data = "no files can be created there. Choose another directory.";
      const bench = (...words: string[]) => ["bench", "broadcast", ...words];
      for (
        const [parameters, exit, said] of [
          [["serve", "--data", "/proc/x"], 3, `Cannot open the data in /proc/x: ${data}`],
          [["serve", "--data", "/dev/full"], 3, `Cannot open the data in /dev/full: ${data}`],
          [
            ["account", "add", "Ann", "--data", "/proc/x"],
            1,
            `Cannot open the data in /proc/x: ${data}`,
          ],
          [["account", "list", "--data", "/proc/x"], 1, `Cannot open the data in /proc/x: ${data}`],
          [
            ["account", "list", "--data", "/dev/null"],
            1,
            `Cannot open the data in /dev/null: ${data}`,
          ],
          [["serve", "--config", "/proc/version"], 2, `Cannot read /proc/version: ${SYSTEM}`],
          [
            ["serve", "--tls-cert", "/proc/x", "--tls-key", "/proc/x"],
            2,
            `Cannot read /proc/x: ${SYSTEM}`,
          ],
          [bench("--baseline", "/sys/x"), 2, `Cannot compare with /sys/x: ${SYSTEM}`],
          [bench("--baseline", folder), 2, `Cannot compare with ${folder}: it is a folder.`],
          [
            bench("--baseline", `${folder}/none`),
            2,
            `Cannot compare with ${folder}/none: there is no such file.`,
          ],
          [bench("--html", "/proc/x"), 2, `Cannot write the report to /proc/x: ${SYSTEM}`],
          [bench("--csv", "/dev/full"), 2, `Cannot write the report to /dev/full: ${SYSTEM}`],
          [bench("--csv", folder), 2, `Cannot write the report to ${folder}: it is a folder.`],
          [
            bench("--html", `${folder}/none/x`),
            2,
            `Cannot write the report to ${folder}/none/x: there is no such folder.`,
          ],
        ] as const
      ) {
        // Others see that there is no such folder, or that it is no folder.
        const isOfSystem = said.endsWith(SYSTEM) || parameters[0] === "account" ||
          parameters.some((word) => word.startsWith("/dev/"));
        if (!isKept && isOfSystem) continue;
        assertEquals([parameters, ...await run(parameters)], [parameters, exit, said + "\n"]);
      }
    }),
});
