import { hostAndPort } from "./addresses.ts";
import { inGroup } from "./table.ts";
import { addressRange, choice, hostName, list, origin, path, publicUrl, token } from "./values.ts";
import { hook, hookOut, hookSecret } from "./webhooks.ts";

/** The options of a server about browsers, webhooks, metrics, TLS and proxies. */
export const WEB_OPTIONS = inGroup("Browsers and TLS:", {
  web: {
    takes: "flag",
    help: "do not serve browsers on the same port: a page, WebSocket, /metrics",
    default: "yes",
  },
  "allow-origin": {
    takes: "list",
    isLive: true,
    placeholder: "<origins>",
    help: "other sites whose pages may connect, such as https://example.org; may be repeated",
    default: "",
    without: "none",
    parse: list(origin),
  },
  "allow-host": {
    takes: "list",
    isLive: true,
    placeholder: "<names>",
    help: "names of this server in the address of a browser, such as chat.lan; may be repeated",
    default: "",
    without: "none",
    parse: list(hostName),
  },
  "public-url": {
    takes: "value",
    isLive: true,
    placeholder: "<url>",
    help: "address of this server in messages with stored files, such as https://chat.example.org",
    without: "the host that the sender used",
    parse: publicUrl,
  },
  hook: {
    takes: "list",
    isLive: true,
    placeholder: "<room=token>",
    help: "webhooks as in Slack: POST /hooks/TOKEN sends to the room; may be repeated",
    default: "",
    without: "none",
    isSecret: true,
    parse: list(hook),
  },
  "hook-out": {
    takes: "list",
    isLive: true,
    placeholder: "<room=url>",
    help: "send the messages of the room to a webhook of Slack or another server; may be " +
      "repeated",
    default: "",
    without: "none",
    isSecret: true,
    parse: list(hookOut),
  },
  "hook-out-secret": {
    takes: "value",
    isLive: true,
    placeholder: "<whsec_...>",
    help: "sign what --hook-out sends, by Standard Webhooks",
    without: "none",
    isSecret: true,
    parse: hookSecret,
  },
  "hook-out-private": {
    takes: "flag",
    help: "let --hook-out send to private addresses, such as 127.0.0.1, and without TLS",
  },
  "metrics-token": {
    takes: "value",
    isLive: true,
    placeholder: "<text>",
    help: "bearer token that a scraper must send to read /metrics",
    without: "none",
    isSecret: true,
    parse: token,
  },
  "metrics-listen": {
    takes: "value",
    placeholder: "<host:port>",
    help: "serve /metrics at this address, in plain HTTP, and not on the port of the chat",
    without: "on --port",
    parse: hostAndPort,
  },
  tls: {
    takes: "value",
    placeholder: "<how>",
    help: "self-signed: encrypt with a certificate that the server makes",
    default: "off",
    parse: choice(["off", "self-signed"]),
  },
  "tls-cert": {
    takes: "value",
    placeholder: "<file>",
    help: "encrypt with this certificate chain (PEM); reread on SIGHUP",
    without: "none",
    parse: path,
  },
  "tls-key": {
    takes: "value",
    placeholder: "<file>",
    help: "private key of --tls-cert (PEM)",
    without: "none",
    parse: path,
  },
  "tls-only": {
    takes: "flag",
    help: "refuse clients that do not encrypt",
  },
  "trusted-proxy": {
    takes: "list",
    placeholder: "<addresses>",
    help: "proxies whose PROXY, X-Forwarded-* and Forwarded headers are trusted; may be " +
      "repeated",
    default: "",
    without: "none",
    parse: list(addressRange),
  },
});
