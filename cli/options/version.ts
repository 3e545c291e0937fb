import { command } from "./table.ts";

export const VERSION = command({
  name: "version",
  summary: "print the version and the build",
  description:
    "Prints the version, the commit, the runtime and the system that the program was made for, and " +
    "the folders that it uses. A report of an error needs these lines.",
  options: {
    json: { takes: "flag", short: "-j", help: "print one JSON object" },
  },
});
