import { isIPv4, isIPv6 } from "node:net";
import { hostname as systemHostname } from "node:os";
import type { Log } from "../observability/log.ts";
import type { ServerOptions } from "../options.ts";

/** Maximum length of a host name (RFC 1035, section 2.3.4), with brackets and a port. */
export const MAX_HOST_LENGTH = 255 + "[]:65535".length;

/** The format of a `Host` header: a host name or address, with or without a port. */
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i;

/**
 * The hosts that requests may contain.
 *
 * The page of any site can make its own name resolve to this machine, and is then a page of this server
 * for the browser (DNS rebinding). It cannot change the `Host` header, which contains that name.
 */
export class AllowedHosts {
  #names: ReadonlySet<string> = new Set();

  /** @param names host names besides addresses and `localhost`, without ports. */
  constructor(names: Iterable<string>) {
    this.replace(names);
  }

  /** Replaces the names for later requests. */
  replace(names: Iterable<string>): void {
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
 * The names by which other machines on the network find this one: its own, with and without `.local`
 * (RFC 6762).
 *
 * @throws the error of the runtime if it does not permit this.
 */
export function machineNames(hostname: () => string = systemHostname): string[] {
  const name = normalHostname(hostname());
  return name === "" ? [] : [name, name.replace(/\.local$/, ""), `${name}.local`];
}

/** The names for the {@link AllowedHosts} of a server. They include allowed origins, whose pages have the
 * rights of those of the server. */
export function hostNamesOf(
  { host, allowedHosts, allowedOrigins }: Pick<
    ServerOptions,
    "host" | "allowedHosts" | "allowedOrigins"
  >,
  log: Pick<Log, "warn">,
): string[] {
  let ownNames: string[] = [];
  try {
    ownNames = machineNames();
  } catch (error) {
    log.warn("cannot find out the name of this machine; browsers that use it get 421", {
      error: (error as Error).message,
    });
  }
  const hostsOfOrigins = allowedOrigins.map((origin) => URL.parse(origin)?.hostname ?? "");
  return [host, ...ownNames, ...allowedHosts, ...hostsOfOrigins];
}
