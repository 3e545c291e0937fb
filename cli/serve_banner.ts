import { DEFAULT_SERVER_OPTIONS, type ServerOptions, type ServerThread } from "../server/mod.ts";
import { shownAddress } from "./values.ts";

/** What `serve` prints when it listens: the address, alone on its line for scripts, then what a
 * person needs next. */
export function serveBanner(
  { address: { host, port }, maxClients }: Pick<ServerThread, "address" | "maxClients">,
  { backlog = DEFAULT_SERVER_OPTIONS.backlog }: Partial<ServerOptions>,
  localAddresses: () => string[] = lanAddresses,
): string {
  const isEverywhere = host === "0.0.0.0" || host === "::";
  const here = isEverywhere ? "127.0.0.1" : host;
  const lines = [
    `Listening on ${shownAddress(host, port)}`,
    `  join with    nc ${here} ${port}`,
    `  or with      hubbub chat ${shownAddress(here, port)}`,
  ];
  if (isEverywhere) {
    for (const address of localAddresses()) lines.push(`  on the LAN   nc ${address} ${port}`);
  }
  lines.push(`  room for     ${maxClients} clients, ${backlog} waiting to be accepted`);
  lines.push("  stop with    Ctrl+C");
  return lines.join("\n");
}

/** The IPv4 addresses of this machine that others on its networks can reach. */
function lanAddresses(): string[] {
  return Deno.networkInterfaces()
    .filter(({ family, address }) => family === "IPv4" && !address.startsWith("127."))
    .map(({ address }) => address);
}
