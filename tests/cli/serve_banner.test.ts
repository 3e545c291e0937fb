import { assertEquals, assertMatch } from "@std/assert";
import { serveBanner, type ServeStatus } from "../../cli/serve_banner.ts";
import { serveQrCode } from "../../cli/serve_qr_code.ts";

const lan = ["192.0.2.7", "198.51.100.7"];

const PLAIN: ServeStatus = {
  program: "hubbub",
  host: "127.0.0.1",
  port: 4242,
  maxClients: 1000,
  backlog: 128,
  web: true,
  fingerprint: undefined,
  isSelfSigned: false,
  tlsOnly: false,
  data: undefined,
};

function banner(status: Partial<ServeStatus>): string[] {
  return serveBanner({ ...PLAIN, ...status }, lan).split("\n");
}

Deno.test("serve banner: in a checkout it shows the command of the checkout", () => {
  const lines = banner({ program: "deno task hubbub", fingerprint: "AA:BB", host: "0.0.0.0" });
  assertEquals(lines.filter((line) => line.includes("deno task hubbub chat")).length, 2);
  // Users on other machines have a program of their own.
  assertEquals(lines.filter((line) => line.includes("LAN") && line.includes("deno")), []);
});

Deno.test("serve banner: the address is alone on the first line, then ways to join follow", () => {
  assertEquals(banner({}), [
    "Listening on 127.0.0.1:4242",
    "  join with    nc 127.0.0.1 4242",
    "  or with      hubbub chat 127.0.0.1:4242",
    "  or open      http://127.0.0.1:4242/",
    "  room for     1000 clients, 128 waiting to be accepted",
    "  stop with    Ctrl+C",
  ]);
});

Deno.test("serve banner: if only a proxy encrypts, it shows no other way to join", () => {
  const status = { host: "0.0.0.0", tlsOnly: true, fingerprint: undefined };
  assertEquals(banner(status), [
    "Listening on 0.0.0.0:4242",
    "  join through the trusted proxy, which has to encrypt",
    "  room for     1000 clients, 128 waiting to be accepted",
    "  stop with    Ctrl+C",
  ]);
  assertMatch(serveQrCode({ ...PLAIN, ...status }, lan), /^No QR code: /);
});

Deno.test("serve banner: it shows the address of the metrics, if it is another one", () => {
  assertEquals(
    banner({ metrics: { host: "::1", port: 9090 } })[4],
    "  metrics at   http://[::1]:9090/metrics",
  );
});

Deno.test("serve banner: on all interfaces it shows the addresses on the network", () => {
  for (const [host, shown] of [["0.0.0.0", "0.0.0.0"], ["::", "[::]"]] as const) {
    assertEquals(banner({ host, port: 80, maxClients: 5, backlog: 1 }), [
      `Listening on ${shown}:80`,
      "  join with    nc 127.0.0.1 80",
      "  or with      hubbub chat 127.0.0.1:80",
      "  or open      http://127.0.0.1:80/",
      "  on the LAN   nc 192.0.2.7 80   or   http://192.0.2.7:80/",
      "  on the LAN   nc 198.51.100.7 80   or   http://198.51.100.7:80/",
      "  room for     5 clients, 1 waiting to be accepted",
      "  stop with    Ctrl+C",
    ]);
  }
});

Deno.test("serve banner: an IPv6 address has brackets before its port, and none for nc", () => {
  assertEquals(banner({ host: "::1", port: 80 }).slice(0, 4), [
    "Listening on [::1]:80",
    "  join with    nc ::1 80",
    "  or with      hubbub chat [::1]:80",
    "  or open      http://[::1]:80/",
  ]);
});

Deno.test("serve banner: with a self-signed certificate it shows the fingerprint", () => {
  const status = { host: "0.0.0.0", fingerprint: "AA:BB", isSelfSigned: true };
  const ways = [
    "  unencrypted  nc 127.0.0.1 4242",
    "  or with      hubbub chat 127.0.0.1:4242",
    "  or open      https://127.0.0.1:4242/",
    "  on the LAN   hubbub chat --tls 192.0.2.7:4242   or   https://192.0.2.7:4242/",
  ];
  const encrypted = [
    "  encrypted    hubbub chat --tls --fingerprint AA:BB 127.0.0.1:4242",
    "  fingerprint  AA:BB",
  ];
  const lines = banner(status);
  assertEquals(lines.slice(1, 3), encrypted);
  assertMatch(lines[3]!, /^ +new at each start: .* --data keeps it$/);
  assertEquals(lines.slice(4, 8), ways);
  // A folder keeps the certificate.
  assertEquals(banner({ ...status, data: "/srv" }).slice(1, 7), [...encrypted, ...ways]);
});

Deno.test("serve banner: with --tls-only, no browsers and a data folder, it shows only those", () => {
  const status = { fingerprint: "AA:BB", tlsOnly: true, web: false, data: "/srv/chat" };
  assertEquals(banner({ ...status, host: "0.0.0.0" }), [
    "Listening on 0.0.0.0:4242",
    "  encrypted    hubbub chat --tls 127.0.0.1:4242",
    "  fingerprint  AA:BB",
    "  on the LAN   hubbub chat --tls 192.0.2.7:4242",
    "  on the LAN   hubbub chat --tls 198.51.100.7:4242",
    "  data in      /srv/chat",
    "  room for     1000 clients, 128 waiting to be accepted",
    "  stop with    Ctrl+C",
  ]);
});

Deno.test("serve QR code: half blocks, or the reason without one", () => {
  const code = (status: Partial<ServeStatus>) => serveQrCode({ ...PLAIN, ...status }, lan);
  assertMatch(code({ host: "0.0.0.0" }), /^[\u2588\u2580\u2584 \n]{300,}$/);
  assertMatch(code({ host: "192.0.2.7" }), /^[\u2588\u2580\u2584 \n]{300,}$/);
  assertEquals(code({ host: "0.0.0.0" }), code({ host: "192.0.2.7" }), "the first address");
  assertEquals(
    code({}),
    "No QR code: only this machine can reach the server. Try --host 0.0.0.0.",
  );
  assertEquals(
    code({ host: "0.0.0.0", web: false }),
    "No QR code: --no-web serves no browsers.",
  );
  assertEquals(
    serveQrCode({ ...PLAIN, host: "0.0.0.0" }, []),
    "No QR code: only this machine can reach the server. Try --host 0.0.0.0.",
  );
});
