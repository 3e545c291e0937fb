import { assertEquals } from "@std/assert";
import { listenFault } from "../../cli/listeners.ts";

const FAULTS: [code: string, host: string, port: number, text: string][] = [
  [
    "EADDRINUSE",
    "127.0.0.1",
    8080,
    "Cannot listen on 127.0.0.1:8080: the port is in use. Try --port 8081, or stop the other server.",
  ],
  [
    // There is no port above that could be proposed.
    "EADDRINUSE",
    "::1",
    65_535,
    "Cannot listen on [::1]:65535: the port is in use. Try --port 8080, or stop the other server.",
  ],
  [
    "EACCES",
    "127.0.0.1",
    80,
    "Cannot listen on 127.0.0.1:80: permission denied. Ports below 1024 need an administrator; " +
    "try --port 8080.",
  ],
  [
    "EADDRNOTAVAIL",
    "192.0.2.1",
    8080,
    "Cannot listen on 192.0.2.1:8080: this machine does not have that address. " +
    "Try --host 127.0.0.1, or --host 0.0.0.0 for all interfaces.",
  ],
  [
    "ENOTFOUND",
    "nowhere",
    8080,
    'Cannot listen on nowhere:8080: "nowhere" is not an address that can be found. ' +
    "Try --host 127.0.0.1.",
  ],
  [
    "EMFILE",
    "127.0.0.1",
    8080,
    "Cannot listen on 127.0.0.1:8080: the text of the system.",
  ],
];

for (const [code, host, port, text] of FAULTS) {
  Deno.test(`${code} on ${host}:${port} is reported with what to do`, () =>
    assertEquals(listenFault({ code, message: "the text of the system" }, { host, port }), text));
}
