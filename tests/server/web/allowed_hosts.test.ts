import { assertEquals } from "@std/assert";
import { AllowedHosts, machineNames } from "../../../server/web/allowed_hosts.ts";

const HOSTS = new AllowedHosts([
  "box",
  "box.local",
  "Chat.Example",
  "chat_1",
  "xn--bcher-kva.example",
]);

const ALLOWED = [
  "127.0.0.1",
  "127.0.0.1:8080",
  "192.168.1.7:1",
  "203.0.113.9",
  "[::1]",
  "[::1]:8080",
  "[2001:DB8::7]:65535",
  "[::ffff:192.0.2.1]",
  "localhost",
  "LOCALHOST:8080",
  "localhost.",
  "chat.localhost:8080",
  "box",
  "Box:8080",
  "box.local",
  "box.local.:80",
  "chat.example:443",
  "chat_1:8080",
  "xn--bcher-kva.example",
];

const FOREIGN = [
  "",
  ":8080",
  "evil.example",
  "evil.example:8080",
  "localhost.evil.example",
  "evil-localhost",
  "127.0.0.1.evil.example",
  "127.0.0.1.nip.io",
  "127.1",
  "0x7f000001",
  "2130706433",
  "127.0.0.01",
  "256.0.0.1",
  "::1",
  "[::1",
  "[evil.example]",
  "[127.0.0.1]",
  "chat.example.evil.example",
  "evil.chat.example",
  "chat.example..",
  "chat.example:65536",
  "chat.example:",
  "chat.example:80:80",
  "chat.example@evil.example",
  "user@localhost",
  "localhost/x",
  "localhost#",
  "localhost?x",
  "localhost\\x",
  "localhost,evil.example",
  "localhost evil.example",
  "bücher.example",
  "localhost" + ".".repeat(300),
  `${"x".repeat(10_000)}.localhost`,
];

for (const host of ALLOWED) {
  Deno.test(`allowed hosts: ${host}`, () => assertEquals(HOSTS.has(host), true));
}

for (const host of FOREIGN) {
  Deno.test(`allowed hosts: not ${JSON.stringify(host.slice(0, 40))}`, () => {
    assertEquals(HOSTS.has(host), false);
  });
}

Deno.test("allowed hosts: a machine has its name with and without .local", () => {
  assertEquals(new Set(machineNames(() => "Box")), new Set(["box", "box.local"]));
  const hosts = new AllowedHosts(machineNames(() => "box.local"));
  assertEquals([hosts.has("box"), hosts.has("box.local")], [true, true]);
});

Deno.test("allowed hosts: a machine may have no name", () => {
  assertEquals(machineNames(() => ""), []);
});
