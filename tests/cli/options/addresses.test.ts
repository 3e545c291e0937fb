import { assertEquals, assertThrows } from "@std/assert";
import { InvalidArgumentError } from "../../../cli/options/commander.ts";
import {
  host,
  hostAndPort,
  listenAddress,
  type ServerAddress,
  serverAddress,
} from "../../../cli/options/addresses.ts";
import { serverPort } from "../../../cli/options/numbers.ts";
import { hostPort } from "../../../protocol/mod.ts";

type Words = readonly [first: string | undefined, second?: string];

/** Addresses for a server and for a client. */
const ADDRESSES: readonly (readonly [...Words, ServerAddress])[] = [
  [undefined, undefined, {}],
  ["chat.example", undefined, { host: "chat.example" }],
  ["my_host", undefined, { host: "my_host" }],
  ["bücher.example:80", undefined, { host: "bücher.example", port: 80 }],
  ["chat.example:9000", undefined, { host: "chat.example", port: 9000 }],
  ["chat.example", "9000", { host: "chat.example", port: 9000 }],
  ["chat.example 9000", undefined, { host: "chat.example", port: 9000 }],
  ["chat.example/", undefined, { host: "chat.example" }],
  ["chat.example:9000/", undefined, { host: "chat.example", port: 9000 }],
  ["127.0.0.1", undefined, { host: "127.0.0.1" }],
  ["9000", undefined, { port: 9000 }],
  [":9000", undefined, { port: 9000 }],
  ["::1", undefined, { host: "::1" }],
  ["::", undefined, { host: "::" }],
  ["fe80::1%eth0", undefined, { host: "fe80::1%eth0" }],
  ["[::1]", undefined, { host: "::1" }],
  ["[::1]:9000", undefined, { host: "::1", port: 9000 }],
  ["[::1]", "9000", { host: "::1", port: 9000 }],
  ["::1", "9000", { host: "::1", port: 9000 }],
  ["::1 9000", undefined, { host: "::1", port: 9000 }],
  ["2001:db8::8080", undefined, { host: "2001:db8::8080" }],
  ["2001:db8::1:53", undefined, { host: "2001:db8::1:53" }],
  ["[::1:8080]", undefined, { host: "::1:8080" }],
  ["::1:8080", "9000", { host: "::1:8080", port: 9000 }],
  ["1:2:3:4:5:6:7:8080", undefined, { host: "1:2:3:4:5:6:7:8080" }],
];

for (const [first, second, expected] of ADDRESSES) {
  Deno.test(`addresses: ${first ?? "none"} ${second ?? ""}`, () => {
    assertEquals(serverAddress(first, second), expected);
    assertEquals(listenAddress(first, second), expected);
  });
}

/** The WebSocket of a URL. */
const page = (path: string, isEncrypted = false) => ({ webSocket: { path, isEncrypted } });

const URLS: readonly (readonly [url: string, ServerAddress])[] = [
  [
    "http://chat.example:9000/",
    { host: "chat.example", port: 9000, isEncrypted: false, ...page("/ws") },
  ],
  [
    "http://chat.example:9000",
    { host: "chat.example", port: 9000, isEncrypted: false, ...page("/ws") },
  ],
  ["HTTP://chat.example", { host: "chat.example", port: 80, isEncrypted: false, ...page("/ws") }],
  [
    "https://chat.example/tea",
    { host: "chat.example", port: 443, isEncrypted: true, ...page("/tea/ws", true) },
  ],
  ["http://[::1]:9000/", { host: "::1", port: 9000, isEncrypted: false, ...page("/ws") }],
  [
    "ws://127.0.0.1:9000/tea/ws",
    { host: "127.0.0.1", port: 9000, isEncrypted: false, ...page("/tea/ws") },
  ],
  [
    "wss://127.0.0.1:9000",
    { host: "127.0.0.1", port: 9000, isEncrypted: true, ...page("/ws", true) },
  ],
  ["tcp://[::1]:9000", { host: "::1", port: 9000, isEncrypted: false }],
  ["tcp://chat.example", { host: "chat.example", isEncrypted: false }],
  ["tls://chat.example:9000", { host: "chat.example", port: 9000, isEncrypted: true }],
];

for (const [url, expected] of URLS) {
  Deno.test(`addresses: a client accepts ${url}, and a server does not`, () => {
    assertEquals(serverAddress(url, undefined), expected);
    const { isEncrypted: _, ...address } = expected;
    const form = address.port === undefined
      ? address.host!
      : hostPort({ host: address.host!, port: address.port });
    assertThrows(() => listenAddress(url, undefined), InvalidArgumentError, `Give ${form}.`);
  });
}

/** Addresses that are refused, with the advice. */
const REFUSED: readonly (readonly [...Words, advice: string])[] = [
  ["chat.example:", undefined, '"" is not a port number'],
  ["chat.example:http", undefined, '"http" is not a port number'],
  ["chat.example:65536", undefined, "to 65535."],
  ["chat.example:-1", undefined, "to 65535."],
  ["chat.example:1e3", undefined, "to 65535."],
  ["65536", undefined, "to 65535."],
  ["chat.example", "http", '"http" is not a port number'],
  ["chat.example", "", '"" is not a port number'],
  ["[::1]:65536", undefined, "to 65535."],
  ["[::1]8080", undefined, "Give [::1]:8080."],
  ["[::1:8080", undefined, "Give [::1]:8080."],
  ["::1]:8080", undefined, "Give [::1]:8080."],
  ["::1:18080", undefined, "Give [::1]:18080."],
  ["::1:8080", undefined, "Give [::1]:8080, or [::1:8080]."],
  ["fe80::1%eth0:80", undefined, "Give [fe80::1%eth0]:80."],
  ["[chat.example]:80", undefined, "such as 127.0.0.1:8080 or [::1]:8080."],
  ["1::2::3", undefined, "such as 127.0.0.1:8080 or [::1]:8080."],
  ["", undefined, "such as 127.0.0.1:8080 or [::1]:8080."],
  ["", "9000", "such as 127.0.0.1:8080 or [::1]:8080."],
  ["8080", "9000", "such as 127.0.0.1:8080 or [::1]:8080."],
  ["chat.example:9000", "9000", "it has two ports. Give chat.example:9000."],
  ["[::1]:9000", "9001", "it has two ports. Give [::1]:9000."],
  ["chat.example/tea", undefined, "such as 127.0.0.1:8080 or [::1]:8080."],
  ["a b c", undefined, "such as 127.0.0.1:8080 or [::1]:8080."],
  ["chat!example", undefined, "such as 127.0.0.1:8080 or [::1]:8080."],
  ["-h", undefined, "such as 127.0.0.1:8080 or [::1]:8080."],
  ["ann@chat.example:80", undefined, "--name ann. Give chat.example:80."],
  ["http://chat.example", "9000", "a URL has its port in it"],
  ["http://", undefined, "expected a URL such as"],
  ["ftp://chat.example", undefined, "expected a URL such as"],
  ["tcp://chat.example:9000/tea", undefined, "Give chat.example:9000."],
  ["tls://x:y@chat.example:9000", undefined, "Give chat.example:9000."],
  ["http://[::1]:9000/tea?room=tea", undefined, "Give for example http://[::1]:9000/tea."],
  ["http://[::1]:9000/#room=tea", undefined, "Give for example http://[::1]:9000/."],
  ["http://ann@chat.example:9000/", undefined, "Give for example http://chat.example:9000/."],
];

for (const [first, second, advice] of REFUSED) {
  Deno.test(`addresses: "${first}" ${second ?? ""} is refused`, () => {
    for (const read of [serverAddress, listenAddress]) {
      assertThrows(() => read(first, second), InvalidArgumentError, advice);
    }
  });
}

Deno.test("addresses: port 0 is for servers only", () => {
  for (
    const [first, second] of [["0"], [":0"], ["127.0.0.1:0"], ["127.0.0.1", "0"], ["::1", "0"]]
  ) {
    assertEquals(listenAddress(first, second).port, 0);
    assertThrows(
      () => serverAddress(first, second),
      InvalidArgumentError,
      "a client needs the port on which the server listens. A port is a whole number from 1 to",
    );
  }
  assertThrows(
    () => serverAddress("http://[::1]:0/", undefined),
    InvalidArgumentError,
    "from 1 to",
  );
  assertThrows(() => serverPort("0"), InvalidArgumentError, "from 1 to 65535");
});

Deno.test("addresses: printed addresses can be read again", () => {
  for (const [host, port] of [["127.0.0.1", 8080], ["::1", 1], ["chat.example", 65_535]] as const) {
    assertEquals(serverAddress(hostPort({ host, port }), undefined), { host, port });
  }
});

Deno.test("addresses: a host with a port is refused, with the options to use", () => {
  assertEquals(["::1", "[::1]", "127.0.0.1", "chat.example"].map(host), [
    "::1",
    "::1",
    "127.0.0.1",
    "chat.example",
  ]);
  for (
    const [text, advice] of [
      ["127.0.0.1:80", "--host 127.0.0.1 --port 80."],
      ["[::1]:80", "--host ::1 --port 80."],
      ["http://chat.example/", "--host chat.example --port 80."],
      ["8080", "such as 127.0.0.1 or ::1."],
      ["", "Invalid address"],
    ] as const
  ) {
    assertThrows(() => host(text), InvalidArgumentError, advice);
  }
});

Deno.test("addresses: a host and a port to listen on; a port alone is on 127.0.0.1", () => {
  assertEquals(hostAndPort("0.0.0.0:9090"), { host: "0.0.0.0", port: 9090 });
  assertEquals(hostAndPort("[::1]:0"), { host: "::1", port: 0 });
  assertEquals(hostAndPort("9090"), { host: "127.0.0.1", port: 9090 });
  for (const text of ["0.0.0.0", "::1", "http://0.0.0.0:9090/", "0.0.0.0:65536"]) {
    assertThrows(() => hostAndPort(text), InvalidArgumentError);
  }
});

Deno.test("addresses: the password of a URL is in no error", () => {
  const refused = () => serverAddress("ws://a:secret@b/?c", undefined);
  const { message } = assertThrows(refused, InvalidArgumentError) as Error;
  assertEquals(message.includes("secret"), false);
});
