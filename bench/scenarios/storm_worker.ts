/**
 * The thread in which a storm runs: a shell of messages around it.
 *
 * @module
 */

import type { Profile } from "../profiles/profile.ts";
import { PROFILES } from "../profiles/mod.ts";
import { sourcesOf } from "../load/source_addresses.ts";
import { storm } from "./storm.ts";
import type { StormCommand, StormReport } from "./storm_messages.ts";

/** What a worker's global scope has and the main thread's has not. */
interface WorkerScope {
  onmessage: (event: MessageEvent<StormCommand>) => void;
  postMessage(report: StormReport): void;
}

/** Says nothing, and is in as soon as the server has said something. */
const GREETING: Profile = {
  login: () => "",
  readLogin: (received) => received === "" ? undefined : "joined",
  message: (text) => text,
};

const scope = globalThis as unknown as WorkerScope;
const stop = new AbortController();

scope.onmessage = async ({ data: command }) => {
  if (command.type === "stop") {
    stop.abort();
    return;
  }
  const { options, profile, runId } = command;
  try {
    const measurement = await storm(options, {
      profile: profile === "greeting" ? GREETING : PROFILES[profile],
      sourceOf: sourcesOf(options.target.host, options.connections, runId),
      nameOf: (index) => `bench-${runId}-${index}`,
      now: () => performance.now(),
      signal: stop.signal,
      onProgress: (reached, elapsed) => scope.postMessage({ type: "progress", reached, elapsed }),
    });
    scope.postMessage({ type: "finished", measurement });
  } catch (error) {
    scope.postMessage({ type: "failed", error });
  }
};
