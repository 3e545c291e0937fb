import { DEFAULT_ROOM, hostPort } from "../../protocol/mod.ts";
import { MAX_HOST_LENGTH } from "./allowed_hosts.ts";
import { PAGE_FILES } from "./page_files.ts";

/** The address of the server for a browser. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** Host names and addresses that need no quotes in a command. */
const PLAIN_HOST = /^[\w.:-]+$/;

/**
 * The address in a `Host` header, or else that of the socket.
 *
 * @param own the fallback for a header that could not be part of a command.
 */
export function placeOf(header: string | undefined, own: Place): Place {
  if (header !== undefined && header.length > MAX_HOST_LENGTH) return own;
  const url = URL.parse(`${own.isSecure ? "https" : "http"}://${header ?? ""}`);
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  if (url === null || !PLAIN_HOST.test(host)) return own;
  const port = url.port === "" ? (own.isSecure ? 443 : 80) : Number(url.port);
  return { host, port, isSecure: own.isSecure };
}

/**
 * The page, with the commands that join from a terminal, for users without JavaScript, or with `curl`.
 *
 * @param prefix the path at a proxy below which the server is: such a proxy forwards HTTP only.
 */
export function joinPage(place: Place, prefix = ""): string {
  const [first, second] = prefix === "" ? commandsOf(place) : webCommandsOf(place, prefix);
  const commands: Readonly<Record<string, string>> = { "{{bare}}": first, "{{own}}": second };
  return PAGE_FILES["/"]!.text.replace(/\{\{\w+\}\}/g, (blank) => escapeHtml(commands[blank]!));
}

function commandsOf({ host, port, isSecure }: Place): [string, string] {
  const address = hostPort({ host, port });
  return [
    isSecure ? `openssl s_client -quiet -connect ${address}` : `nc ${host} ${port}`,
    `hubbub chat ${address}${isSecure ? " --tls" : ""}`,
  ];
}

function webCommandsOf({ host, port, isSecure }: Place, prefix: string): [string, string] {
  const scheme = isSecure ? "https" : "http";
  const isDefault = port === (isSecure ? 443 : 80);
  const address = hostPort({ host, port });
  const url = `${scheme}://${isDefault ? address.replace(/:\d+$/, "") : address}${prefix}/`;
  return [`hubbub chat ${url}`, `curl -d hello ${url}rooms/${DEFAULT_ROOM}`];
}

/** Escapes text for HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
