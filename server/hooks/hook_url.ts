import { addressBytes, isPublicAddress } from "../addresses/network_address.ts";

/** Longest address of a webhook, in characters. */
const MAX_URL_LENGTH = 2048;

/**
 * Parses the address of a webhook, which has no user name, no password and no fragment.
 *
 * @returns `undefined` for any other text.
 */
export function parseHookUrl(text: string): URL | undefined {
  const url = text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
  const isPlain = url !== null && /^https?:$/.test(url.protocol) &&
    url.username + url.password + url.hash === "";
  return isPlain ? url : undefined;
}

/** The IP address that a URL has in place of a name; `undefined` for a name. */
export function literalAddress({ hostname }: URL): string | undefined {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  return addressBytes(host) === undefined ? undefined : host;
}

/**
 * Whether a webhook is certainly not on the public Internet, or not encrypted. The address of a name is
 * checked when the name is resolved.
 */
export function isPrivateUrl(url: URL): boolean {
  const address = literalAddress(url);
  return url.protocol === "http:" || (address !== undefined && !isPublicAddress(address));
}
