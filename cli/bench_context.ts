import { availableParallelism, cpus, release, totalmem } from "node:os";
import type { Machine, OutputContext } from "../bench/mod.ts";
import config from "../deno.json" with { type: "json" };

/** What a result depends on besides the options: the first fields of what `--json` prints. */
export function outputContext(): OutputContext {
  return {
    version: config.version,
    time: new Date().toISOString(),
    machine: machine(),
    command: commandLine(),
  };
}

/** The command line, as it is typed in a shell. */
export function commandLine(): string {
  return ["hubbub", ...Deno.args.map(quoted)].join(" ");
}

/** What this program runs on. */
export function machine(): Machine {
  const [cpu = "unknown processor"] = cpus().map((each) => each.model);
  return {
    os: Deno.build.os,
    osRelease: release(),
    arch: Deno.build.arch,
    cpu,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
  };
}

/** A parameter as it is typed in a shell. */
function quoted(parameter: string): string {
  return /^[\w@%+=:,./-]+$/.test(parameter) ? parameter : `'${parameter.replaceAll("'", `'\\''`)}'`;
}
