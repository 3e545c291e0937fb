/**
 * Processes that the lessons need.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { cleanLine } from "../../protocol/text.ts";
import { neutralEnvironment, OWNER_VARIABLE } from "../options/environment.ts";

/** A command of this program that runs in a process of its own. */
export interface RunningProgram {
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** Ends it in good order, or after 5 s at once. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT = 5000;

/** Maximum length of a printed line, in characters; the rest of a longer one is dropped. */
const MAX_LINE = 500;

/** The permissions of the task `hubbub`; the compiled program has its own built in. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-env=HUBBUB_*,WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE,DENO_TOKIO_EVENT_INTERVAL," +
  "DENO_TLS_CA_STORE,XDG_CONFIG_HOME,APPDATA",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-sys",
];

/**
 * Runs a command of this program without input. It ends with this program.
 *
 * @param print receives each line of its output and its errors.
 */
export function runOwnProgram(
  parameters: readonly string[],
  print: (line: string) => void,
): RunningProgram {
  const own = Deno.build.standalone
    ? []
    : ["run", ...PERMISSIONS, fileURLToPath(new URL("../main.ts", import.meta.url))];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...own, ...parameters],
    // A server whose owner has ended stops by itself, however that has ended.
    env: { ...neutralEnvironment(), [OWNER_VARIABLE]: String(Deno.pid) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // In a process group of its own, which Ctrl+C in this terminal does not reach.
    detached: true,
  }).spawn();
  const kill = (signal: Deno.Signal) => {
    try {
      if (Deno.build.os === "windows") child.kill(signal);
      else Deno.kill(-child.pid, signal);
    } catch {
      // It has ended.
    }
  };
  const onUnload = () => kill("SIGKILL");
  globalThis.addEventListener("unload", onUnload);
  const printed = Promise.all([child.stdout, child.stderr].map((stream) => lines(stream, print)));
  const ended = child.status.then(async ({ code }) => {
    globalThis.removeEventListener("unload", onUnload);
    await printed;
    return code;
  });
  return {
    ended,
    async stop() {
      const timer = setTimeout(() => kill("SIGKILL"), STOP_TIMEOUT);
      kill("SIGTERM");
      await ended;
      clearTimeout(timer);
    },
  };
}

async function lines(
  stream: ReadableStream<Uint8Array>,
  print: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!.slice(0, MAX_LINE);
    for (const part of parts) print(cleanLine(part.slice(0, MAX_LINE)));
  }
  if (rest !== "") print(cleanLine(rest));
}

/** Whether a program is installed: it is started, and ended at once. */
export async function hasProgram(name: string): Promise<boolean> {
  try {
    const child = new Deno.Command(name, {
      args: ["-h"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
    return true;
  } catch {
    return false;
  }
}
