import { resolve } from "node:path";
import { cleanLine } from "../protocol/text.ts";
import { buildInfo } from "./build_info.ts";
import { configFolder } from "./config_folder.ts";
import type { Run } from "./options/command_line.ts";
import { variable } from "./options/variables.ts";
import type { VERSION } from "./options/version.ts";
import { print } from "./standard_streams.ts";

/** `hubbub version`: what a report of an error needs to know of the program. */
export const version: Run<typeof VERSION.options> = ({ values: { json } }) => {
  const { version, commit, ...build } = buildInfo();
  const configuration = configFolder() ?? null;
  const folder = variable("HUBBUB_DATA") ?? "";
  const data = folder === "" ? null : resolve(folder);
  if (json) {
    print(JSON.stringify({ version, commit, ...build, configuration, data }));
    return;
  }
  const rows = Object.entries({
    commit: commit ?? "unknown",
    "made as": build.form,
    runtime: `${build.runtime}, ${build.engine}`,
    target: build.target,
    configuration: configuration ?? "unknown: there is no home folder whose path is valid UTF-8",
    data: data ?? "in memory, without --data",
  });
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  print(
    [`hubbub ${version}`, ...rows.map(([name, value]) => name.padEnd(width) + cleanLine(value))]
      .join("\n"),
  );
};
