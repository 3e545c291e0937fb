/** A server that stores files, for the tests of what posts and reads them. */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ServerOptions } from "../../server/mod.ts";
import { RawClient } from "./raw_client.ts";
import { startServer, type TestServer } from "./server.ts";

/** A picture by its first bytes, with a script behind them. */
export const PNG = Buffer.from("\x89PNG\r\n\x1a\n<script>alert(1)</script>", "latin1");

/** SHA-256 in hexadecimal. */
export const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A server that stores files, and Ann, who posts them. */
export interface StoredFilesScene extends AsyncDisposable {
  readonly server: TestServer;
  readonly data: string;
  readonly ann: RawClient;
  readonly token: string;
  /** Posts a file as Ann, and returns the answer. */
  put(name: string, content: Uint8Array, headers?: Record<string, string>): Promise<Response>;
  /** Names in the folder of the contents. */
  stored(): string[];
}

/** @param options besides those for stored files. */
export async function scene(options: Partial<ServerOptions> = {}): Promise<StoredFilesScene> {
  const data = options.data ?? await Deno.makeTempDir();
  const server = await startServer({ data, storeFilesBytes: 1_000_000, ...options });
  const { client: ann, welcome } = await RawClient.hello(server.port, { name: "Ann" });
  const token: string = welcome.session;
  const put = (name: string, content: Uint8Array, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${server.port}/rooms/lobby/files/${name}`, {
      method: "PUT",
      body: new Uint8Array(content),
      headers: { "Authorization": `Bearer ${token}`, ...headers },
    });
  const stored = () => Array.from(Deno.readDirSync(join(data, "files")), ({ name }) => name);
  const dispose = async () => {
    ann.close();
    await server[Symbol.asyncDispose]();
    if (options.data === undefined) await Deno.remove(data, { recursive: true });
  };
  return { server, data, ann, token, put, stored, [Symbol.asyncDispose]: dispose };
}
