import { assertEquals } from "@std/assert";
import { hostForAll } from "../../../server/web/file_exchanges.ts";

Deno.test("file exchanges: the host in an address is one for all members", () => {
  const here = { host: "127.0.0.1", port: 8080 };
  const lan = { host: "192.0.2.7", port: 8080 };
  const cases: readonly (readonly [string, string])[] = [
    [hostForAll("chat.lan:8080", lan, "192.0.2.7"), "chat.lan:8080"],
    // The only clients are on the machine of the server.
    [hostForAll("localhost:8080", here, undefined), "localhost:8080"],
    [hostForAll("localhost:8080", here, "192.0.2.7"), "192.0.2.7:8080"],
    [hostForAll("127.0.0.1:8080", here, "2001:db8::7"), "[2001:db8::7]:8080"],
    [hostForAll("[::1]:8080", { host: "::1", port: 8080 }, "192.0.2.7"), "192.0.2.7:8080"],
    // A proxy on the same machine sends the name that the browser knows.
    [hostForAll("chat.example.org", here, "192.0.2.7"), "chat.example.org"],
    [hostForAll(undefined, lan, undefined), "192.0.2.7:8080"],
    [hostForAll("localhost.example.org", here, "192.0.2.7"), "localhost.example.org"],
  ];
  for (const [found, expected] of cases) assertEquals(found, expected);
});
