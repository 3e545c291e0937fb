import { assertEquals, assertThrows } from "@std/assert";
import { KnownHosts, KnownHostsError } from "../../../client/mod.ts";
import { BY_AUTHORITY } from "../../../client/transports/known_hosts.ts";
import { withEmptyFolder } from "../../../tools/repository.ts";

const ONE = Array(32).fill("AB").join(":");
const OTHER = Array(32).fill("0C").join(":");

/** Known hosts in a file with that content. */
function withFile(content: string, use: (known: KnownHosts) => void): Promise<void> {
  return withEmptyFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/known_hosts`, content);
    use(new KnownHosts(`${folder}/known_hosts`));
  });
}

Deno.test("known hosts: a stored certificate is found by host and port", () =>
  withEmptyFolder(async (folder) => {
    const known = new KnownHosts(`${folder}/a/b/known_hosts`);
    const server = { host: "Chat.Example", port: 8080 };
    assertEquals(known.find(server), undefined);
    known.remember(server, ONE);
    known.remember({ host: "::1", port: 8080 }, OTHER);
    known.remember({ host: "chat.example", port: 443 }, BY_AUTHORITY);
    const same = new KnownHosts(known.path);
    assertEquals(same.find(server), { certificate: ONE, line: 2 });
    assertEquals(same.find({ host: "chat.example", port: 8080 }), { certificate: ONE, line: 2 });
    assertEquals(same.find({ host: "::1", port: 8080 }), { certificate: OTHER, line: 3 });
    assertEquals(same.find({ host: "chat.example", port: 443 }), {
      certificate: BY_AUTHORITY,
      line: 4,
    });
    for (const port of [80, 808, 8081]) {
      assertEquals(same.find({ host: "chat.example", port }), undefined);
    }
    assertEquals(same.find({ host: "t.example", port: 8080 }), undefined);
    if (Deno.build.os === "windows") return;
    assertEquals((await Deno.stat(known.path)).mode! & 0o777, 0o600);
    assertEquals((await Deno.stat(`${folder}/a/b`)).mode! & 0o777, 0o700);
  }));

Deno.test("known hosts: comments, blank lines, any case, and a last line without its end", () =>
  withFile(`# mine\r\n\r\n  a:1\t${ONE.toLowerCase()} \r\n#a:1 ${OTHER}\na:1 ${OTHER}`, (known) => {
    assertEquals(known.find({ host: "a", port: 1 }), { certificate: ONE, line: 3 });
    known.remember({ host: "b", port: 2 }, OTHER);
    assertEquals(known.find({ host: "b", port: 2 }), { certificate: OTHER, line: 6 });
  }));

for (
  const line of [
    "a:1",
    `a ${ONE}`,
    `a:1 ${ONE.slice(3)}`,
    `a:1 ${ONE}:AB`,
    `a:1 ${ONE} b`,
    "a:1 authority!",
    `a:123456 ${ONE}`,
    "\x1b[2J",
  ]
) {
  Deno.test(`known hosts: ${JSON.stringify(line.slice(0, 20))} is no entry, and named`, () =>
    withFile(`\n${line}\n`, (known) => {
      assertThrows(
        () => known.find({ host: "b", port: 2 }),
        KnownHostsError,
        `Cannot use ${known.path}: line 2 is not a server with its fingerprint. Correct or remove it.`,
      );
    }));
}

Deno.test("known hosts: neither a file over the limit nor a folder can be used", () =>
  withEmptyFolder(async (folder) => {
    const large = new KnownHosts(`${folder}/large`);
    await Deno.writeTextFile(large.path, "#".repeat(1_048_577));
    assertThrows(() => large.find({ host: "a", port: 1 }), KnownHostsError, "larger than 1048576");
    const none = new KnownHosts(folder);
    assertThrows(() => none.find({ host: "a", port: 1 }), KnownHostsError, "it is a folder");
    const below = new KnownHosts(`${folder}/large/known_hosts`);
    assertThrows(() => below.remember({ host: "a", port: 1 }, ONE), KnownHostsError, "no folder");
  }));
