/**
 * The process of the hostile clients.
 *
 * @module
 */

import type { HostileAssignment, HostileReport } from "../messages.ts";
import { report, untilDismissed } from "../processes.ts";
import type { HostileContext } from "./hostile_client.ts";
import type { HostileSocket } from "./hostile_socket.ts";
import { addressOf, HOSTILE_KINDS, type HostileKind } from "./kinds.ts";

/** Milliseconds between the starts of two clients, so that not all connect at once. */
const START_MILLISECONDS = 5;

/** Milliseconds between a client's end and its next start, which bounds its connections. */
const REST_MILLISECONDS = 300;

/** Whether every address of 127.0.0.0/8 is local. */
const HAS_LOOPBACK_NETWORK = Deno.build.os !== "darwin";

const { port, tls, clients } = JSON.parse(Deno.args[0]!) as HostileAssignment;
const actions: Record<string, Record<string, number>> = {};
const open = new Set<HostileSocket>();
let isOver = false;

void untilDismissed().then(() => {
  isOver = true;
  for (const socket of open) socket.close();
  Deno.exit(0);
});
setInterval(send, 1000);
const start = performance.now();
for (const [number, client] of interleaved().entries()) {
  // By the clock: the running clients keep this process busy.
  const early = number * START_MILLISECONDS - (performance.now() - start);
  if (early > 0) await pause(early);
  if (isOver) break;
  void keepAlive(client);
}

/** The first of each kind, then the second of each: all kinds start early. */
function interleaved(): { kind: HostileKind; index: number }[] {
  return HOSTILE_KINDS.flatMap((kind) =>
    Array.from({ length: clients[kind.name] ?? 0 }, (_, index) => ({ kind, index }))
  ).sort((a, b) => a.index - b.index);
}

async function keepAlive({ kind, index }: { kind: HostileKind; index: number }): Promise<void> {
  const counts = actions[kind.name] ??= {};
  const context: HostileContext = {
    ...{ port, tls, kind: kind.name, index, open },
    from: HAS_LOOPBACK_NETWORK ? addressOf(kind, index) : undefined,
    count: (action) => counts[action] = (counts[action] ?? 0) + 1,
  };
  const client = new kind.Client(context);
  while (!isOver) {
    await client.run();
    await pause(REST_MILLISECONDS);
  }
}

function send(): void {
  report({ type: "second", actions, open: open.size } satisfies HostileReport);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
