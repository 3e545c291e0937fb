import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ForwardedError, readForwarded } from "../../../../server/network/proxy/forwarded.ts";
import { TrustedProxies } from "../../../../server/network/trusted_proxies.ts";
import { cpuMilliseconds } from "../../../support/cpu_time.ts";

const PROXIES = new TrustedProxies(["10.0.0.0/8", "2001:db8:ffff::/48"]);

const read = (headers: Record<string, string>) => readForwarded((name) => headers[name], PROXIES);

const FOR: readonly [list: string, address: string | undefined, port?: number][] = [
  ["203.0.113.9", "203.0.113.9"],
  ["  203.0.113.9  ", "203.0.113.9"],
  ["1.1.1.1, 203.0.113.9", "203.0.113.9"],
  ["1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"],
  ["1.1.1.1,203.0.113.9,10.0.0.7,10.0.0.8", "203.0.113.9"],
  ["203.0.113.9,", "203.0.113.9"],
  ["2001:db8::9", "2001:db8::9"],
  ["[2001:db8::9]", "2001:db8::9"],
  ["[2001:db8::9]:4242", "2001:db8::9", 4242],
  ["203.0.113.9:4242", "203.0.113.9", 4242],
  ["::ffff:203.0.113.9", "203.0.113.9"],
  ["203.0.113.9, 2001:db8:ffff::1", "203.0.113.9"],
  // The first one in the chain is a proxy itself.
  ["10.0.0.7, 10.0.0.8", "10.0.0.7"],
  // Entries before one that is not an address are unreliable.
  ["203.0.113.9, unknown, 10.0.0.7", "10.0.0.7"],
  ["203.0.113.9, _hidden", undefined],
  ["203.0.113.9, evil", undefined],
  ["203.0.113.9:99999", undefined],
  ["203.0.113.9 10.0.0.7", undefined],
  ["127.1", undefined],
  ["[203.0.113.9]", undefined],
  ["", undefined],
  [",,", undefined],
];

for (const [list, address, port] of FOR) {
  Deno.test(`forwarded: X-Forwarded-For "${list}" is ${address}`, () => {
    const { address: found, port: foundPort } = read({ "x-forwarded-for": list });
    assertEquals([found, foundPort], [address, port]);
  });
}

Deno.test("forwarded: proto and host are those of the last proxy", () => {
  for (
    const [proto, isSecure] of [
      ["https", true],
      ["HTTPS", true],
      ["wss", true],
      ["http", false],
      [
        "http, https",
        true,
      ],
      ["https, http", false],
      ["", false],
      ["httpsx", false],
    ] as const
  ) assertEquals(read({ "x-forwarded-proto": proto }), { isSecure }, proto);
  assertEquals(read({ "x-forwarded-host": "evil.example, chat.example:8443" }), {
    host: "chat.example:8443",
  });
});

const STANDARD: readonly [
  header: string,
  address: string | undefined,
  port?: number | undefined,
  more?: object,
][] = [
  ["for=203.0.113.9", "203.0.113.9"],
  ['For="203.0.113.9:4242"', "203.0.113.9", 4242],
  ['for="[2001:db8::9]:4242";proto=https', "2001:db8::9", 4242, { isSecure: true }],
  ["for=1.1.1.1, for=203.0.113.9", "203.0.113.9"],
  [
    "for=1.1.1.1;proto=https, for=203.0.113.9;proto=http;host=chat.example, for=10.0.0.7;proto=https",
    "203.0.113.9",
    undefined,
    { isSecure: false, host: "chat.example" },
  ],
  ['host="chat.example:8443" ; for=203.0.113.9 ; by=10.0.0.7', "203.0.113.9", undefined, {
    host: "chat.example:8443",
  }],
  ['for=203.0.113.9;secret="a,\\"b;c"', "203.0.113.9"],
  ["for=203.0.113.9;,", "203.0.113.9"],
  ["for=unknown", undefined],
  ['for="_gazonk"', undefined],
  ["proto=https;by=203.0.113.60", undefined, undefined, { isSecure: true }],
  ["for=203.0.113.9, for=unknown;proto=http", undefined, undefined, { isSecure: false }],
];

for (const [header, address, port, more = {}] of STANDARD) {
  Deno.test(`forwarded: Forwarded ${header}`, () => {
    assertEquals(read({ forwarded: header }), {
      ...(address !== undefined && { address }),
      ...(port !== undefined && { port }),
      ...more,
    });
  });
}

Deno.test("forwarded: a damaged Forwarded is rejected", () => {
  for (
    const header of [
      "for",
      "for=",
      "for==x",
      'for="x',
      "for=a b",
      "=x",
      "for=x;for=y",
      "fo r=x",
      'for="a"b',
    ]
  ) {
    assertThrows(() => read({ forwarded: header }), ForwardedError, "damaged", header);
  }
});

Deno.test("forwarded: both kinds of headers must agree", () => {
  const plain = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https" };
  assertEquals(read({ ...plain, forwarded: "for=203.0.113.9;proto=https" }), {
    address: "203.0.113.9",
    isSecure: true,
  });
  for (
    const forwarded of [
      "for=1.1.1.1;proto=https",
      "for=203.0.113.9",
      "for=203.0.113.9;proto=http",
      "for=203.0.113.9;proto=https;host=x",
      "by=10.0.0.1",
    ]
  ) {
    assertThrows(() => read({ ...plain, forwarded }), ForwardedError, "contradict", forwarded);
  }
});

Deno.test("forwarded: without headers there is no result", () => {
  assertEquals(read({}), {});
});

Deno.test("forwarded: entries of a client before the last proxy's do not count", () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (forged) => {
    const { address } = read({ "x-forwarded-for": `${forged}, 203.0.113.9` });
    assertEquals(address, "203.0.113.9");
  }));
});

Deno.test("forwarded: a header over 4096 characters is rejected", () => {
  for (const name of ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"]) {
    const longest = "for=x,".padEnd(4096, ",");
    read({ [name]: longest });
    assertThrows(() => read({ [name]: `${longest},` }), ForwardedError, "4096");
  }
});

Deno.test("forwarded: headers of 16 KB are read in bounded time", () => {
  const lists = [
    "10.0.0.1,".repeat(1800),
    ",".repeat(16_000),
    " ".repeat(16_000),
    `${" ".repeat(8000)}x${"\t".repeat(8000)}`,
    "[".repeat(16_000),
    "1:".repeat(8000),
    'for="'.padEnd(16_000, "\\"),
    "for=a;".repeat(1),
    "for=10.0.0.1,".repeat(1200),
    `${"\t".repeat(16_000)}!`,
  ];
  for (const list of lists) {
    const took = cpuMilliseconds(() => {
      for (let round = 0; round < 10; round++) {
        for (
          const name of ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"]
        ) {
          try {
            read({ [name]: list });
          } catch (error) {
            assert(error instanceof ForwardedError, String(error));
          }
        }
      }
    });
    assert(took < 400, `${list.slice(0, 20)}: a round is far below 10 ms`);
  }
});

Deno.test("forwarded: X-Forwarded-Prefix is a plain path, or ignored", () => {
  const prefixOf = (prefix: string) => read({ "x-forwarded-prefix": prefix }).prefix;
  for (const prefix of ["/chat", "/a/b-c_d.e~f", "/..a"]) {
    assertEquals([prefixOf(prefix), prefixOf(`${prefix}/`)], [prefix, prefix]);
  }
  const refused = [
    "",
    "/",
    "chat",
    "//evil.example",
    "/a//b",
    "/a b",
    "/a;b",
    "/a'b",
    "/%2e",
    "/ä",
  ];
  for (const prefix of [...refused, "/..", "/../a", "/a/./b", "/a, /b", "/".padEnd(201, "x")]) {
    assertEquals(prefixOf(prefix), undefined, prefix);
  }
  const both = read({ "x-forwarded-prefix": "/chat", "x-forwarded-for": "203.0.113.9" });
  assertEquals(both, { address: "203.0.113.9", prefix: "/chat" });
});
