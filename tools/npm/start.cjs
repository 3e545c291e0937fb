// Node 22 reports its SQLite as experimental; it is no concern of users.
const { emitWarning } = process;
process.emitWarning = (warning, ...details) => {
  const [options] = details;
  const type = typeof options === "object" && options !== null ? options.type : options;
  if (type !== "ExperimentalWarning") emitWarning.call(process, warning, ...details);
};

import("../lib/cli/node_main.js");
