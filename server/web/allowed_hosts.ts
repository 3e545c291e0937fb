import { isIPv4, isIPv6 } from "node:net";
import { hostname as systemHostname } from "node:os";
import type { Log } from "../observability/log.ts";
import type { ServerOptions } from "../options.ts";

/** Longest host name (RFC 1035, section 2.3.4), with brackets and a port. */
export const MAX_HOST_LENGTH = 255 + "[]:65535".length;

/** A host name or address, with or without a port, as it stands in a `Host` header. */
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i;

/**
 * The hosts under which the server may be asked.
 *
 * A page of any site can have its own name point to this machine, and then counts in the browser as a
 * page of this server (DNS rebinding). It cannot change the `Host` header, in which that name stands.
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string>;

  /** @param names host names besides addresses and `localhost`, without ports. */
  constructor(names: Iterable<string>) {
    this.#names = new Set(Array.from(names, normalHostname));
  }

  /** @param header a value of `Host`. */
  has(header: string): boolean {
    if (header.length > MAX_HOST_LENGTH) return false;
    const [, bracketed, plain, port] = HOST.exec(header) ?? [];
    if (Number(port ?? 0) > 65_535) return false;
    if (bracketed !== undefined) return isIPv6(bracketed);
    if (plain === undefined) return false;
    const name = normalHostname(plain);
    return isIPv4(name) || name === "localhost" || name.endsWith(".localhost") ||
      this.#names.has(name);
  }
}

function normalHostname(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/**
 * The names under which others on the network find this machine: its own, with and without `.local`
 * (RFC 6762).
 *
 * @throws the error of the runtime where it does not permit to ask.
 */
export function machineNames(hostname: () => string = systemHostname): string[] {
  const name = normalHostname(hostname());
  return name === "" ? [] : [name, name.replace(/\.local$/, ""), `${name}.local`];
}

/** The hosts of a server. An allowed origin is one, too: its pages have the rights of those of the server. */
export function allowedHostsOf(
  { host, allowedHosts, allowedOrigins }: Pick<
    ServerOptions,
    "host" | "allowedHosts" | "allowedOrigins"
  >,
  log: Pick<Log, "warn">,
): AllowedHosts {
  let ownNames: string[] = [];
  try {
    ownNames = machineNames();
  } catch (error) {
    log.warn("cannot find out the name of this machine; browsers that use it get 421", {
      error: (error as Error).message,
    });
  }
  const hostsOfOrigins = allowedOrigins.map((origin) => URL.parse(origin)?.hostname ?? "");
  return new AllowedHosts([host, ...ownNames, ...allowedHosts, ...hostsOfOrigins]);
}
