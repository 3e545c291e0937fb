import { createHash } from "node:crypto";

const STYLE =
  `body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;\
color:#1c2430;background:#fff}pre{background:#eef1f5;padding:.75rem 1rem;border-radius:.4rem;\
overflow-x:auto}@media(prefers-color-scheme:dark){body{color:#dde3ea;background:#14181d}\
pre{background:#222932}}`;

/** What a `Content-Security-Policy` has to allow for the page. */
export const PAGE_STYLE_SOURCE = `'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`;

/** Where a browser has found the server. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** Host names and addresses as they may stand in a command without quotes. */
const PLAIN_HOST = /^[\w.:-]+$/;

/**
 * The place that a `Host` header tells, or else the one that the socket knows.
 *
 * @param own what is taken where the header has nothing that could stand in a command.
 */
export function placeOf(header: string | undefined, own: Place): Place {
  const url = URL.parse(`${own.isSecure ? "https" : "http"}://${header ?? ""}`);
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  if (url === null || !PLAIN_HOST.test(host)) return own;
  const port = url.port === "" ? (own.isSecure ? 443 : 80) : Number(url.port);
  return { host, port, isSecure: own.isSecure };
}

/** The page that tells how to join: complete in itself, and without a script. */
export function joinPage({ host, port, isSecure }: Place): string {
  const address = escapeHtml(`${host.includes(":") ? `[${host}]` : host}:${port}`);
  const bare = isSecure
    ? `openssl s_client -quiet -connect ${address}`
    : `nc ${escapeHtml(host)} ${port}`;
  const own = `hubbub chat ${address}${isSecure ? " --tls" : ""}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>hubbub: a chat at ${address}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>hubbub</h1>
<p>This is a chat. Join it from a terminal, with nothing but what is there:</p>
<pre>${bare}</pre>
<p>or with a client that keeps what you type apart from what you read:</p>
<pre>${own}</pre>
<p>Type your name, press Enter, and then say something. <code>/help</code> lists all commands.</p>
</body>
</html>
`;
}

/** Text as it may stand in HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
