import { assertEquals } from "@std/assert";
import { hostPort } from "../../protocol/mod.ts";

Deno.test("hostPort: an IPv6 address has brackets, also with a zone", () => {
  assertEquals(hostPort({ host: "127.0.0.1", port: 8080 }), "127.0.0.1:8080");
  assertEquals(hostPort({ host: "chat.example", port: 1 }), "chat.example:1");
  assertEquals(hostPort({ host: "::1", port: 80 }), "[::1]:80");
  assertEquals(hostPort({ host: "fe80::1%eth0", port: 80 }), "[fe80::1%eth0]:80");
});

Deno.test("hostPort: no other code puts a host and a port together", async () => {
  const byHand: string[] = [];
  const visit = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await visit(path);
      else if (name.endsWith(".ts") && !["host_port.ts", "page_files.ts"].includes(name)) {
        const source = await Deno.readTextFile(path);
        const found = /\$\{(?:[^{}]|\$\{[^}]*\})*\}:\$\{[^}]*port/i.exec(source)?.[0];
        if (found !== undefined) byHand.push(`${path}: ${found}`);
      }
    }
  };
  const root = new URL("../../", import.meta.url).pathname;
  for (const folder of ["protocol", "server", "client", "bench", "cli", "web"]) {
    await visit(root + folder);
  }
  assertEquals(byHand, []);
});
