import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Peer } from "../../../server/network/peer.ts";
import { TrustedProxies } from "../../../server/network/trusted_proxies.ts";
import { AllowedHosts } from "../../../server/web/allowed_hosts.ts";
import { RequestGate } from "../../../server/web/request_gate.ts";

const CLIENT: Peer = {
  address: "198.51.100.1",
  port: 4000,
  isSecure: false,
  isTrustedProxy: false,
};
const PROXY: Peer = { ...CLIENT, address: "10.0.0.7", isTrustedProxy: true };

/** Checks a request with these headers. */
function check(
  headers: readonly (readonly [name: string, value: string])[],
  { peer = CLIENT, tlsOnly = false, url = "/", httpVersion = "1.1" } = {},
) {
  const hosts = new AllowedHosts(["box", "chat.example"]);
  const gate = new RequestGate(hosts, new TrustedProxies(["10.0.0.0/8"]), tlsOnly);
  return gate.check({ rawHeaders: headers.flat(), httpVersion, url }, peer);
}

const HOST = ["Host", "box:8080"] as const;

/** Status of the answer; 200 for a request that passes. */
function statusOf(...parameters: Parameters<typeof check>): number {
  const checked = check(...parameters);
  return "answer" in checked ? checked.answer.status : 200;
}

Deno.test("request gate: requires at most one Authorization, in any case", () => {
  const header = (name: string) => [name, "Bearer x"] as const;
  assertEquals(statusOf([HOST, header("AUTHORIZATION")]), 200);
  assertEquals(statusOf([HOST, header("Authorization"), header("authorization")]), 400);
});

Deno.test("request gate: requires exactly one Host, in any case", () => {
  assertEquals(statusOf([["hOST", "box"]]), 200);
  assertEquals(statusOf([]), 400);
  assertEquals(statusOf([], { httpVersion: "1.0" }), 200);
  for (const second of ["box", "evil.example"]) {
    assertEquals(statusOf([HOST, ["X", "y"], ["host", second]]), 400);
    assertEquals(statusOf([["HOST", second], HOST], { httpVersion: "1.0" }), 400);
  }
});

Deno.test("request gate: a foreign Host is 421, counted, and the answer names the option that allows it", () => {
  const checked = check([["Host", "evil.example"]]);
  assert("answer" in checked);
  assertEquals([checked.answer.status, checked.reason], [421, "host"]);
  assertStringIncludes(checked.answer.body, "--allow-host");
  assertEquals(statusOf([["Host", ""]]), 421);
});

Deno.test("request gate: a target that is a whole URL needs an allowed host, too", () => {
  assertEquals(statusOf([HOST], { url: "http://chat.example/metrics" }), 200);
  for (const url of ["http://evil.example/metrics", "HTTP://evil.example", "http://", "x://[::1"]) {
    assertEquals(statusOf([HOST], { url }), 421, url);
  }
});

Deno.test("request gate: headers and target are bounded", () => {
  assertEquals(statusOf([HOST], { url: "/".padEnd(2048, "x") }), 200);
  assertEquals(statusOf([HOST], { url: "/".padEnd(2049, "x") }), 414);
  const fill = (bytes: number) =>
    ["X", "y".repeat(bytes - 5 - "Host: box:8080\r\n".length)] as const;
  assertEquals(statusOf([HOST, fill(16_384)]), 200);
  assertEquals(statusOf([HOST, fill(16_385)]), 431);
  const many = (count: number) => Array.from({ length: count - 1 }, () => ["X", ""] as const);
  assertEquals(statusOf([HOST, ...many(100)]), 200);
  assertEquals(statusOf([HOST, ...many(101)]), 431);
});

Deno.test("request gate: headers of an untrusted peer are ignored", () => {
  const forged = [
    HOST,
    ["X-Forwarded-For", "203.0.113.9"],
    ["X-Forwarded-Proto", "https"],
    ["X-Forwarded-Host", "chat.example"],
    ["Forwarded", "for=203.0.113.8;proto=https;damaged"],
  ] as const;
  assertEquals(check(forged), { peer: CLIENT, host: "box:8080", prefix: "" });
});

Deno.test("request gate: headers of a trusted proxy are accepted", () => {
  const client = { address: "203.0.113.9", port: 0, isSecure: true, isTrustedProxy: false };
  assertEquals(
    check([
      HOST,
      ["x-forwarded-for", "10.9.9.9"],
      ["X-Forwarded-For", "203.0.113.9, 10.0.0.8"],
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-Host", "chat.example"],
    ], { peer: PROXY }),
    { peer: client, host: "chat.example", prefix: "" },
  );
  const forwarded = ["Forwarded", 'for="203.0.113.9:42";proto=https'] as const;
  assertEquals(check([HOST, forwarded], { peer: PROXY }), {
    peer: { ...client, port: 42 },
    host: "box:8080",
    prefix: "",
  });
  assertEquals(check([HOST], { peer: PROXY }), { peer: PROXY, host: "box:8080", prefix: "" });
});

Deno.test("request gate: both Host and X-Forwarded-Host have to be allowed", () => {
  // A page in a browser on the proxy's own machine may set the second one, and never the first.
  for (const [host, forwarded] of [["evil.example", "box"], ["box", "evil.example"], ["box", ""]]) {
    const headers = [["Host", host!], ["X-Forwarded-Host", forwarded!]] as const;
    assertEquals(
      statusOf(headers, { peer: PROXY }),
      forwarded === "" ? 200 : 421,
      `${host} ${forwarded}`,
    );
  }
});

Deno.test("request gate: contradicting and damaged headers of a proxy are refused", () => {
  const forwardedFor = ["X-Forwarded-For", "203.0.113.9"] as const;
  assertEquals(statusOf([HOST, ["Forwarded", "nonsense"]], { peer: PROXY }), 400);
  assertEquals(statusOf([HOST, forwardedFor, ["Forwarded", "for=1.1.1.1"]], { peer: PROXY }), 400);
  assertEquals(
    statusOf([HOST, forwardedFor, ["Forwarded", "for=203.0.113.9"]], { peer: PROXY }),
    200,
  );
});

Deno.test("request gate: with TLS only, the client's own encryption counts", () => {
  const proto = (value: string) => [HOST, ["X-Forwarded-Proto", value]] as const;
  const secureProxy = { ...PROXY, isSecure: true };
  for (
    const [headers, peer, status] of [
      [[HOST], CLIENT, 400],
      [[HOST], { ...CLIENT, isSecure: true }, 200],
      [proto("https"), CLIENT, 400],
      [proto("https"), PROXY, 200],
      [proto("http"), PROXY, 400],
      [[HOST], PROXY, 400],
      [[HOST], secureProxy, 200],
      [proto("http"), secureProxy, 400],
    ] as const
  ) assertEquals(statusOf(headers, { peer, tlsOnly: true }), status);
  assertEquals(statusOf([HOST], { peer: PROXY, tlsOnly: true, url: "/healthz" }), 200);
  assertEquals(statusOf([HOST], { peer: CLIENT, tlsOnly: true, url: "/healthz" }), 400);
});

Deno.test("request gate: only a proxy has a path above the server", () => {
  const headers = [HOST, ["X-Forwarded-Prefix", "/chat"]] as const;
  for (const [peer, prefix] of [[PROXY, "/chat"], [CLIENT, ""]] as const) {
    const checked = check(headers, { peer });
    assert("prefix" in checked);
    assertEquals(checked.prefix, prefix);
  }
});
