import { parseUrl } from "./links.ts";

export type ServerChoice =
  /** The server of this page. */
  | { readonly kind: "own" }
  /** Another one, which has its own page at this address. */
  | { readonly kind: "other"; readonly href: string }
  | { readonly kind: "invalid" };

/**
 * Parses the typed server: a host, perhaps with a port, or a whole address. A proxy may have put the page
 * of a server below a path.
 *
 * A page can only connect to its own server, so for another server its own page is opened.
 *
 * @param own address of this page, such as `http://chat.lan:8080/` or `https://example.org/chat/`.
 */
export function readServer(typed: string, own: string): ServerChoice {
  const text = typed.trim();
  if (text === "") return { kind: "own" };
  const here = new URL(own);
  const url = parseUrl(/^https?:\/\//i.test(text) ? text : `${here.protocol}//${text}`);
  const isAddress = url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "" &&
    url.username === "" && url.password === "";
  if (!isAddress) return { kind: "invalid" };
  const isOwn = url.origin === here.origin && ["", folderOf(here)].includes(folderOf(url));
  return isOwn ? { kind: "own" } : { kind: "other", href: url.origin + url.pathname };
}

/** The path of a page without the slash at its end. */
function folderOf({ pathname }: URL): string {
  return pathname.replace(/\/$/, "");
}
