/**
 * The HTTP proxy of a client: an option, or the variables that curl and other programs read.
 *
 * @module
 */

import type { HttpProxy } from "../../client/transports/http_tunnel.ts";
import { basicAuthorization } from "../../client/core/web_address.ts";
import { parseAddressRange } from "../../server/addresses/network_address.ts";
import { InvalidArgumentError } from "./commander.ts";

/** No proxy, whatever the environment has. */
export const NO_PROXY = "off";

const EXPECTED =
  "expected an HTTP proxy with its port, such as http://proxy.example.org:3128, or off.";

/** Reads an HTTP proxy; `http://` may be left out. */
export function httpProxy(value: string): HttpProxy | typeof NO_PROXY {
  if (value === NO_PROXY) return NO_PROXY;
  const [, scheme, rest = ""] = /^(?:([a-z][a-z\d+.-]*):\/\/)?(.*)$/is.exec(value) ?? [];
  if (scheme !== undefined && scheme.toLowerCase() !== "http") {
    throw new InvalidArgumentError(`${scheme}:// proxies are not supported: ${EXPECTED}`);
  }
  const url = URL.parse(`http://${rest}`);
  // The port 80 is missing in a parsed URL.
  const [, port] = /^[^/?#]*:(\d{1,5})\/?$/.exec(rest) ?? [];
  if (url === null || url.hostname === "" || port === undefined || Number(port) === 0) {
    throw new InvalidArgumentError(EXPECTED);
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port),
    authorization: authorizationOf(url),
  };
}

function authorizationOf(url: URL): string | undefined {
  try {
    return basicAuthorization(url);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

/**
 * The variable with the proxy of a server, as curl chooses it; `undefined` for none. Upper case is read
 * after lower case, except for `HTTP_PROXY`, which a web server sets for its programs.
 *
 * @param read the value of a variable.
 */
export function proxyVariable(
  read: (name: string) => string | undefined,
  { host, isEncrypted }: { readonly host: string; readonly isEncrypted: boolean },
): string | undefined {
  const names = isEncrypted ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"];
  const name = [...names, "all_proxy", "ALL_PROXY"].find((each) => (read(each) ?? "") !== "");
  if (name === undefined || isExempt(host, read("no_proxy") ?? read("NO_PROXY") ?? "")) {
    return undefined;
  }
  return name;
}

/** Whether a list has a host: `*`, an address, a range, or a domain with all names below it. */
export function isExempt(host: string, list: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  const isAddress = parseAddressRange(name) !== undefined;
  return list.toLowerCase().split(/[\s,]+/).filter(Boolean).some((entry) => {
    if (entry === "*") return true;
    const range = parseAddressRange(entry.replace(/^\[(.*)\]$/, "$1"));
    if (range !== undefined) return range.has(name);
    if (isAddress) return false;
    const domain = entry.replace(/^\./, "").replace(/\.$/, "");
    return name === domain || name.endsWith(`.${domain}`);
  });
}
