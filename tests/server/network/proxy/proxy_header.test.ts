import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  MAX_V1_BYTES,
  MAX_V2_REST_BYTES,
  PROXY_V2_SIGNATURE,
  type ProxyHeader,
  ProxyHeaderDecoder,
  ProxyHeaderError,
} from "../../../../server/network/proxy/proxy_header.ts";
import { proxyV2, sslTlv, tlv } from "../../../support/proxy_headers.ts";

const UNKNOWN: ProxyHeader = { client: undefined, isLocal: false, isSecure: false };
const LOCAL: ProxyHeader = { ...UNKNOWN, isLocal: true };
const from = (address: string, port: number, isSecure = false): ProxyHeader => (
  { client: { address, port }, isLocal: false, isSecure }
);

const IPV4 = [203, 0, 113, 9, 192, 0, 2, 1, 0x10, 0x92, 0x01, 0xbb];
const IPV6 = [
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
  ...[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  ...[0x10, 0x92, 0x01, 0xbb],
];
const MAPPED = [...new Array(10).fill(0), 255, 255, 203, 0, 113, 9, ...IPV6.slice(16)];

const GOOD: readonly [why: string, bytes: Buffer, header: ProxyHeader][] = [
  ["v1 IPv4", v1("TCP4 203.0.113.9 192.0.2.1 4242 443"), from("203.0.113.9", 4242)],
  ["v1 IPv6", v1("TCP6 2001:db8::9 2001:db8::1 4242 443"), from("2001:db8::9", 4242)],
  ["v1 IPv6 in full", v1("TCP6 2001:0DB8:0:0:0:0:0:9 ::1 0 65535"), from("2001:db8::9", 0)],
  ["v1 mapped IPv4", v1("TCP6 ::ffff:203.0.113.9 ::1 1 2"), from("203.0.113.9", 1)],
  ["v1 unknown", v1("UNKNOWN"), UNKNOWN],
  ["v1 unknown with more", v1("UNKNOWN ffff:f...f:ffff ::1 65535 x"), UNKNOWN],
  ["v1 of the greatest length", v1("UNKNOWN " + "x".repeat(MAX_V1_BYTES - 16)), UNKNOWN],
  ["v2 IPv4", proxyV2(0x21, 0x11, IPV4), from("203.0.113.9", 4242)],
  ["v2 IPv6", proxyV2(0x21, 0x21, IPV6), from("2001:db8::9", 4242)],
  ["v2 mapped IPv4", proxyV2(0x21, 0x21, MAPPED), from("203.0.113.9", 4242)],
  ["v2 local", proxyV2(0x20, 0x00), LOCAL],
  ["v2 local with whatever", proxyV2(0x20, 0x11, [1, 2, 3]), LOCAL],
  ["v2 of no family", proxyV2(0x21, 0x00), UNKNOWN],
  ["v2 of no family with whatever", proxyV2(0x21, 0x00, [255, 255, 255, 1]), UNKNOWN],
  ["v2 Unix socket", proxyV2(0x21, 0x31, new Array(216).fill(0)), UNKNOWN],
  ["v2 datagram", proxyV2(0x21, 0x12, IPV4), UNKNOWN],
  ["v2 over TLS", proxyV2(0x21, 0x11, IPV4, sslTlv(0x01)), from("203.0.113.9", 4242, true)],
  [
    "v2 over TLS with a certificate",
    proxyV2(0x21, 0x11, IPV4, sslTlv(0x07, tlv(0x21, "TLSv1.3"))),
    from("203.0.113.9", 4242, true),
  ],
  [
    "v2 with a TLV without TLS",
    proxyV2(0x21, 0x11, IPV4, sslTlv(0)),
    from("203.0.113.9", 4242),
  ],
  [
    "v2 with other TLVs around",
    proxyV2(0x21, 0x11, IPV4, [
      ...tlv(0x01, "h2"),
      ...tlv(0x04, ""),
      ...sslTlv(0x01),
      ...tlv(0xee, "x".repeat(300)),
    ]),
    from("203.0.113.9", 4242, true),
  ],
  ["v2 of the greatest length", proxyV2(0x20, 0, new Array(MAX_V2_REST_BYTES).fill(1)), LOCAL],
];

const BAD: readonly [why: string, bytes: Buffer][] = [
  ["v1 without an end", Buffer.from("PROXY UNKNOWN ".padEnd(MAX_V1_BYTES, "x"))],
  ["v1 a byte too long", v1("UNKNOWN " + "x".repeat(MAX_V1_BYTES - 15))],
  ["v1 without CR", Buffer.from("PROXY UNKNOWN\n")],
  ...[
    "",
    "TCP4",
    "TCP5 203.0.113.9 192.0.2.1 1 2",
    "tcp4 203.0.113.9 192.0.2.1 1 2",
    "TCP4  203.0.113.9 192.0.2.1 1 2",
    "TCP4 203.0.113.9 192.0.2.1 1 2 ",
    "TCP4 203.0.113.9 192.0.2.1 1",
    "TCP4 203.0.113.9 192.0.2.1 1 2 3",
    "TCP4 203.0.113.256 192.0.2.1 1 2",
    "TCP4 203.0.113.09 192.0.2.1 1 2",
    "TCP4 0x7f.0.0.1 192.0.2.1 1 2",
    "TCP4 127.1 192.0.2.1 1 2",
    "TCP4 2001:db8::9 2001:db8::1 1 2",
    "TCP6 203.0.113.9 192.0.2.1 1 2",
    "TCP6 fe80::1%eth0 ::1 1 2",
    "TCP4 203.0.113.9 localhost 1 2",
    "TCP4 203.0.113.9 192.0.2.1 65536 2",
    "TCP4 203.0.113.9 192.0.2.1 01 2",
    "TCP4 203.0.113.9 192.0.2.1 -1 2",
    "TCP4 203.0.113.9 192.0.2.1 1e3 2",
  ].map((text): [string, Buffer] => [`v1 "${text}"`, v1(text)]),
  ["v2 of version 1", proxyV2(0x11, 0x11, IPV4)],
  ["v2 of version 3", proxyV2(0x31, 0x11, IPV4)],
  ["v2 with an unknown command", proxyV2(0x22, 0x11, IPV4)],
  ["v2 with an unknown family", proxyV2(0x21, 0x41, IPV4)],
  ["v2 with an unknown transport", proxyV2(0x21, 0x13, IPV4)],
  [
    "v2 with another signature",
    Buffer.from(PROXY_V2_SIGNATURE.replace("QUIT", "QUIX") + "!\x11\0\0"),
  ],
  ["v2 too long", proxyV2(0x20, 0, new Array(MAX_V2_REST_BYTES + 1).fill(1)).subarray(0, 16)],
  [
    "v2 of the greatest declared length",
    Buffer.from(PROXY_V2_SIGNATURE + "!\x11\xff\xff", "latin1"),
  ],
  ["v2 IPv4 cut off", proxyV2(0x21, 0x11, IPV4.slice(1))],
  ["v2 IPv6 cut off", proxyV2(0x21, 0x21, IPV4)],
  ["v2 Unix socket cut off", proxyV2(0x21, 0x31, new Array(215).fill(0))],
  ["v2 with a TLV of one byte", proxyV2(0x21, 0x11, IPV4, [0x20])],
  ["v2 with a TLV cut off", proxyV2(0x21, 0x11, IPV4, sslTlv(1).slice(0, -1))],
  ["v2 with a short TLV of TLS", proxyV2(0x21, 0x11, IPV4, tlv(0x20, "\x01"))],
];

function v1(text: string): Buffer {
  return Buffer.from(`PROXY ${text}\r\n`);
}

/** The result of the chunks, and the last examined one. */
function decode(chunks: readonly Buffer[]) {
  const decoder = new ProxyHeaderDecoder();
  for (const [index, chunk] of chunks.entries()) {
    const decoded = decoder.push(chunk);
    if (decoded === undefined) continue;
    const later = chunks.slice(index + 1);
    return { header: decoded.header, rest: Buffer.concat([decoded.rest, ...later]).toString() };
  }
  return undefined;
}

const bytewise = (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.of(byte));

for (const [why, bytes, header] of GOOD) {
  Deno.test(`proxy header: ${why}, in any chunks`, () => {
    const stream = Buffer.concat([bytes, Buffer.from("Ann\n")]);
    const expected = { header, rest: "Ann\n" };
    assertEquals(decode([stream]), expected);
    assertEquals(decode(bytewise(stream)), expected);
    for (let cut = 1; cut < Math.min(stream.length, 300); cut++) {
      assertEquals(decode([stream.subarray(0, cut), stream.subarray(cut)]), expected, `at ${cut}`);
    }
    assertEquals(decode([bytes]), { header, rest: "" }, "no further bytes are needed");
    assertEquals(decode(bytewise(bytes.subarray(0, -1))), undefined, "less is not enough");
  });
}

for (const [why, bytes] of BAD) {
  Deno.test(`proxy header: rejects ${why}`, () => {
    assertThrows(() => decode([bytes]), ProxyHeaderError);
    assertThrows(() => decode(bytewise(bytes)), ProxyHeaderError);
  });
}

Deno.test("proxy header: reads every header of version 2 with addresses and TLVs", () => {
  const address = fc.tuple(fc.boolean(), fc.uint8Array({ minLength: 36, maxLength: 36 }));
  const records = fc.array(
    fc.tuple(fc.integer({ min: 0x30, max: 0xff }), fc.string({ maxLength: 50 })),
    { maxLength: 10 },
  );
  fc.assert(fc.property(address, records, fc.boolean(), ([isIPv6, bytes], tlvs, isSecure) => {
    const addresses = [...bytes.subarray(0, isIPv6 ? 36 : 12)];
    const tail = [...tlvs.flatMap(([type, text]) => tlv(type, text)), ...sslTlv(isSecure ? 1 : 0)];
    const decoded = decode([proxyV2(0x21, isIPv6 ? 0x21 : 0x11, addresses, tail)])!;
    assertEquals(decoded.header.isSecure, isSecure);
    const port = Buffer.from(addresses).readUInt16BE(isIPv6 ? 32 : 8);
    assertEquals(decoded.header.client?.port, port);
    if (!isIPv6) assertEquals(decoded.header.client?.address, addresses.slice(0, 4).join("."));
  }));
});

Deno.test("proxy header: any bytes in any chunks are read, rejected or incomplete", () => {
  const start = fc.constantFrom(
    "PROXY ",
    "PROXY TCP4 ",
    PROXY_V2_SIGNATURE,
    `${PROXY_V2_SIGNATURE}!`,
  );
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 60 });
  fc.assert(fc.property(start, chunks, (text, more) => {
    const stream = [Buffer.from(text, "latin1"), ...more.map((bytes) => Buffer.from(bytes))];
    const outcome = (cut: readonly Buffer[]) => {
      try {
        return decode(cut);
      } catch (error) {
        assert(error instanceof ProxyHeaderError, String(error));
        return error.message;
      }
    };
    const whole = Buffer.concat(stream);
    const expected = outcome([whole]);
    assertEquals(outcome(stream), expected);
    assertEquals(outcome(bytewise(whole)), expected);
    if (expected === undefined) assert(whole.length < 16 + MAX_V2_REST_BYTES);
  }));
});
