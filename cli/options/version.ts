import { command } from "./table.ts";
import { SUMMARIES } from "./summaries.ts";

export const VERSION = command({
  name: "version",
  summary: SUMMARIES.version,
  description:
    "Prints the version, the commit, the runtime and the system that the program was made for, and " +
    "the folders that it uses. A report of an error needs these lines.",
  options: {
    json: { takes: "flag", short: "-j", help: "print one JSON object" },
  },
});
