/** The proxies of `docs/DEPLOY.md`, run as they stand there, but for ports, folders and certificates. */

import { assert } from "@std/assert";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { createSelfSigned } from "../../server/network/tls/self_signed.ts";
import { connectFrom, freePort } from "./addresses.ts";
import { hasNginxStream, startHaproxy, startNginx } from "./front_proxy.ts";
import { RawClient } from "./raw_client.ts";
import { replaced } from "./replaced.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../docs/DEPLOY.md", import.meta.url));
/** The name of the server in the document. */
export const HOST_NAME = "chat.example.org";

/** A block of the document in a language. @param index from 0, among those in that language. */
export function block(language: string, index = 0): string {
  const [, text] =
    [...DOCUMENT.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))][index] ?? [];
  assert(text !== undefined, language);
  return text;
}

/** A folder with a certificate for the name, as nginx and as haproxy want it. */
export async function certificateFolder() {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-deploy-" });
  const { cert, key } = await createSelfSigned([HOST_NAME], Date.now());
  await Deno.writeTextFile(join(folder, "chat.pem"), cert + key);
  await Deno.writeTextFile(join(folder, "chat.key"), key);
  const end = () => Deno.remove(folder, { recursive: true });
  return { folder, cert, [Symbol.asyncDispose]: end };
}

/** The haproxy of the document, in front of a port. `pages` is for HTTP below a path. */
export async function startDocumentedHaproxy(port: number, certificates: string, how?: string) {
  const [plain, secure, pages] = [freePort(), freePort(), freePort()];
  const places = {
    "/etc/haproxy/certs": certificates,
    "127.0.0.1:8080": `127.0.0.1:${port}`,
  };
  const configuration = replaced(block("haproxy"), {
    ":80\n": `:${plain}\n`,
    ":443 ": `:${secure} `,
    ...places,
    "send-proxy-v2-ssl": how ?? "send-proxy-v2-ssl",
  });
  const pagesConfiguration = replaced(block("haproxy", 1), { ":443 ": `:${pages} `, ...places });
  const proxy = await startHaproxy(configuration + pagesConfiguration, [plain, secure, pages]);
  return { plain, secure, pages, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

/** The nginx of the document, in front of a port. `stream` is for all clients, if its module is here. */
export async function startDocumentedNginx(port: number, certificates: string) {
  const [plain, secure, stream] = [freePort(), freePort(), freePort()];
  const places = {
    "/etc/nginx/certs": certificates,
    "127.0.0.1:8080": `127.0.0.1:${port}`,
  };
  const configuration = replaced(block("nginx"), {
    "listen 80;": `listen 127.0.0.1:${plain};`,
    "listen 443 ssl;": `listen 127.0.0.1:${secure} ssl;`,
    ...places,
  });
  const streamConfiguration = replaced(block("nginx", 1), {
    "listen 6697 ssl;": `listen 127.0.0.1:${stream} ssl;`,
    ...places,
  });
  const proxy = await startNginx(
    configuration,
    [plain, secure, ...hasNginxStream ? [stream] : []],
    hasNginxStream ? streamConfiguration : "",
  );
  return { plain, secure, stream, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

/** A person who comes from one of the machine's own addresses. */
export async function personFrom(address: string, port: number, name: string): Promise<RawClient> {
  const client = RawClient.on(await connectFrom(address, port));
  await client.until("Enter your username: ");
  client.send(`${name}\n`);
  await client.until("available commands.\n");
  return client;
}

/** A client inside TLS from one of the machine's own addresses. */
export function secureClientFrom(
  localAddress: string,
  port: number,
  ca: string,
): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    void connectFrom(localAddress, port).then((socket) => {
      const secured = connectTls({ socket, ca, servername: HOST_NAME });
      secured.once("error", reject);
      secured.once("secureConnect", () => {
        secured.removeListener("error", reject);
        resolve(RawClient.on(secured));
      });
    }, reject);
  });
}
