import { assertEquals } from "@std/assert";
import { isOriginAllowed } from "../../../server/web/origin.ts";

const ALLOWED = ["https://allowed.example"];

interface Row {
  readonly why: string;
  readonly origin: string | undefined;
  readonly host: string | undefined;
  readonly isAllowed: boolean;
}

const ROWS: readonly Row[] = [
  { why: "no browser", origin: undefined, host: undefined, isAllowed: true },
  { why: "its own", origin: "http://chat.lan:8080", host: "chat.lan:8080", isAllowed: true },
  { why: "its own in capitals", origin: "http://chat.lan", host: "CHAT.lan", isAllowed: true },
  {
    why: "the port of the scheme",
    origin: "http://chat.lan",
    host: "chat.lan:80",
    isAllowed: true,
  },
  {
    why: "behind a proxy that ends TLS",
    origin: "https://chat.lan",
    host: "chat.lan",
    isAllowed: true,
  },
  { why: "an IPv6 address", origin: "http://[::1]:8080", host: "[::1]:8080", isAllowed: true },
  { why: "allowed", origin: "https://allowed.example", host: "chat.lan", isAllowed: true },
  {
    why: "an allowed name with http",
    origin: "http://allowed.example",
    host: "x",
    isAllowed: false,
  },
  {
    why: "an allowed name and more",
    origin: "https://allowed.example.evil.example",
    host: "x",
    isAllowed: false,
  },
  { why: "another host", origin: "http://evil.example", host: "chat.lan", isAllowed: false },
  { why: "another port", origin: "http://chat.lan:1", host: "chat.lan:2", isAllowed: false },
  { why: "a file or a sandbox", origin: "null", host: "null", isAllowed: false },
  { why: "no origin at all", origin: "", host: "chat.lan", isAllowed: false },
  { why: "no host", origin: "http://chat.lan", host: undefined, isAllowed: false },
  { why: "an empty host", origin: "file://", host: "", isAllowed: false },
  {
    why: "an origin longer than any",
    origin: `http://${"x".repeat(300)}.lan`,
    host: `${"x".repeat(300)}.lan`,
    isAllowed: false,
  },
];

for (const { why, origin, host, isAllowed } of ROWS) {
  Deno.test(`origin: ${why} is ${isAllowed ? "allowed" : "refused"}`, () => {
    assertEquals(isOriginAllowed(origin, host, ALLOWED), isAllowed);
  });
}
