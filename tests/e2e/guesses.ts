/** Clients that guess passwords. */

import type { Socket } from "node:net";
import { connectFrom } from "../support/addresses.ts";
import { RawClient } from "../support/raw_client.ts";

/** The password of every account in these tests. */
export const PASSWORD = "open sesame";

/** Connects from an address of this machine. */
async function from(address: string, port: number): Promise<RawClient> {
  const socket: Socket = await connectFrom(address, port);
  socket.setNoDelay(true);
  return RawClient.on(socket);
}

/** The answer to one `hello` over a connection of its own: `welcome`, or the code of the error. */
export async function hello(
  port: number,
  fields: Record<string, unknown>,
  address = "127.0.0.1",
): Promise<{ answer: string; seconds?: number; client: RawClient }> {
  const client = await from(address, port);
  client.sendFrame({ type: "hello", name: "Ann", ...fields });
  const { type, code, seconds } = await client.frame();
  return { answer: code ?? type, seconds, client };
}

/** How many of the answers are of each kind. */
export function tally(answers: readonly { answer: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { answer } of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}
