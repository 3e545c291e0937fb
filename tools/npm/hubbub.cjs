#!/usr/bin/env node
// deno-lint-ignore-file no-var
// The start of the npm package, in words that any Node understands: only start.cjs is of today.
// Since then a thread can measure its processor time, and programs can trust what the system trusts.
var own = process.versions.node.split(".").map(Number);
// 23 is older than 22.19, and got these with its release 9.
var needed = own[0] === 23 ? [23, 9] : [22, 19];

if (own[0] < needed[0] || (own[0] === needed[0] && own[1] < needed[1])) {
  console.error(
    "Cannot run hubbub with Node " + process.versions.node + ": it needs Node " + needed.join(".") +
      " or later. Install that, or use one of the executables, which need nothing.",
  );
  process.exit(1);
}

require("./start.cjs");
