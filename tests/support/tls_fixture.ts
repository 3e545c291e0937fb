import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { jsonOf } from "../../protocol/mod.ts";
import { INTRODUCTION } from "../client/fakes.ts";
import type { TestCertificate } from "./certificates.ts";

const WELCOME =
  '{"type":"welcome","name":"Ann","rooms":[{"room":"lobby","seq":0}],"server":"fixture",' +
  '"session":"token"}\n';

/**
 * A server that introduces itself and answers the next input with a welcome.
 *
 * @param at the port; default: a free one.
 */
export async function startTls({ cert, key }: TestCertificate, at = 0) {
  const server = tls.createServer({ cert, key }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(jsonOf(INTRODUCTION) + "\n");
      socket.once("data", () => socket.write(WELCOME));
    });
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => void server.close() };
}
