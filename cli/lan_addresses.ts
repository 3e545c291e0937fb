import { networkInterfaces } from "node:os";

/** The IPv4 addresses of this machine on its networks. */
export function lanAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
    .filter(({ family, address }) => family === "IPv4" && !address.startsWith("127."))
    .map(({ address }) => address);
}
