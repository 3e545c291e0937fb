/** A server with two clients that send each other files. */

import { assert, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  ChatClient,
  FileError,
  receiveFile,
  type ReceiveFileOptions,
  sendFile,
  type SendFileOptions,
} from "../../client/mod.ts";
import type { ServerFrame } from "../../protocol/mod.ts";
import { startServer, type TestServer } from "./server.ts";

/** Two folders, and two people in a chat. */
export interface Scene extends AsyncDisposable {
  readonly server: TestServer;
  readonly alice: ChatClient;
  readonly bob: ChatClient;
  /** Alice's files. */
  readonly home: string;
  /** Where Bob's go. */
  readonly downloads: string;
}

/** @param addressOf how the clients name the server. */
export async function scene(
  options: Parameters<typeof startServer>[0] = {},
  addressOf: (port: number) => { port: number } | { url: string } = (port) => ({ port }),
): Promise<Scene> {
  const server = await startServer(options);
  const { port } = server;
  const [alice, bob] = await Promise.all(
    ["Alice", "Bob"].map((name) => ChatClient.connect({ ...addressOf(port), name })),
  ) as [ChatClient, ChatClient];
  const folder = await Deno.makeTempDir({ prefix: "hubbub-files-" });
  const [home, downloads] = [join(folder, "home"), join(folder, "downloads")];
  await Promise.all([home, downloads].map((path) => Deno.mkdir(path)));
  return {
    server,
    alice,
    bob,
    home,
    downloads,
    async [Symbol.asyncDispose]() {
      alice.close();
      bob.close();
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A file of Alice's with bytes that do not repeat. */
export async function makeFile({ home }: Scene, name: string, size: number): Promise<string> {
  const path = join(home, name);
  const bytes = new Uint8Array(size);
  for (let start = 0; start < size; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, Math.min(start + 65_536, size)));
  }
  await Deno.writeFile(path, bytes);
  return path;
}

export async function checksum(path: string): Promise<string> {
  return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
}

/** The next event of a type. */
export async function next<Type extends ServerFrame["type"]>(chat: ChatClient, type: Type) {
  for await (const frame of chat.events()) {
    if (frame.type === type) return frame as Extract<ServerFrame, { type: Type }>;
  }
  throw new Error(`The connection ended before ${type}`);
}

/** Alice offers, Bob accepts; how it went on both sides. */
export async function exchange(
  { alice, bob, downloads }: Scene,
  path: string,
  { sending, receiving }: { sending?: SendFileOptions; receiving?: ReceiveFileOptions } = {},
) {
  const sent = sendFile(alice, "Bob", path, sending);
  sent.catch(() => {});
  const offer = await next(bob, "offered");
  const received = receiveFile(bob, offer, downloads, receiving);
  return await Promise.allSettled([sent, received]);
}

export function reason(outcome: PromiseSettledResult<unknown>): FileError {
  assert(outcome.status === "rejected", "it should have failed");
  assert(outcome.reason instanceof FileError, String(outcome.reason));
  return outcome.reason;
}

/** What something fails with. */
export async function failure<Kind extends Error>(
  work: () => Promise<unknown>,
  kind: abstract new (...parameters: never[]) => Kind,
): Promise<Kind> {
  const error = await assertRejects(work);
  assert(error instanceof kind, String(error));
  return error;
}

export const names = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
