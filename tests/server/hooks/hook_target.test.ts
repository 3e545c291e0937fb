/** Attempts to send to an outgoing webhook, with receivers of every kind. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { HookTarget, type Outcome } from "../../../server/hooks/hook_target.ts";
import { systemClock } from "../../../server/scheduling/clock.ts";
import { AUTHORITY, SELF_SIGNED, SIGNED } from "../../support/certificates.ts";
import { WebhookReceiver } from "../../support/webhook_receiver.ts";

interface Setting {
  readonly isPrivate?: boolean;
  readonly milliseconds?: number;
  readonly ca?: string;
}

/** A target that is closed at the end. */
function targetOf(url: string, { isPrivate = true, milliseconds = 10_000, ca }: Setting = {}) {
  const options = { hookOutPrivate: isPrivate, hookOutMilliseconds: milliseconds };
  const target = new HookTarget(new URL(url), options, systemClock, ca);
  return {
    post: (body = "{}") => target.post(body, { "Webhook-Id": "msg_1" }),
    close: () => target.close(),
    [Symbol.dispose]: () => target.close(),
  };
}

/** The error of the only attempt to send to an address. */
async function errorOf(url: string, setting: Setting = {}): Promise<string> {
  using target = targetOf(url, setting);
  const outcome = await target.post();
  return "error" in outcome ? outcome.error : `status ${outcome.status}`;
}

const OK: Outcome = { status: 200, retryAfter: undefined };
const PRIVATE = /^not on the public Internet/;

Deno.test("webhook target: attempts use one connection", async () => {
  await using receiver = await WebhookReceiver.start((response) => response.end("ok"));
  using target = targetOf(receiver.url());
  assertEquals(await target.post('{"text":"\u20ac"}'), OK);
  assertEquals(await target.post("{}"), OK);
  assertEquals(receiver.connections, 1);
  const [{ target: path, headers, body }] = receiver.requests as [(typeof receiver.requests)[0]];
  assertEquals([path, body], ["/T0/B0?x=1", '{"text":"\u20ac"}']);
  const { host, "content-type": type, "webhook-id": id, "user-agent": agent } = headers;
  assertEquals([host, type, id, agent], [
    `127.0.0.1:${receiver.port}`,
    "application/json",
    "msg_1",
    "hubbub",
  ]);
});

Deno.test("webhook target: a connection that the receiver has closed is replaced", async () => {
  await using receiver = await WebhookReceiver.start((response) => {
    response.setHeader("Connection", "close");
    response.end("ok");
  });
  using target = targetOf(receiver.url());
  for (let count = 0; count < 3; count++) assertEquals(await target.post(), OK);
  assertEquals(receiver.connections, 3);
});

Deno.test("webhook target: any status is an outcome, and no redirect is followed", async () => {
  let status = 200;
  await using receiver = await WebhookReceiver.start((response) => {
    response.writeHead(status, { "Location": "/other", "Retry-After": "7" }).end();
  });
  using target = targetOf(receiver.url());
  for (status of [204, 301, 302, 307, 308, 404, 429, 503]) {
    assertEquals(await target.post(), { status, retryAfter: "7" });
  }
  assertEquals(new Set(receiver.requests.map((each) => each.target)).size, 1);
});

Deno.test("webhook target: an answer is read up to a bound", async () => {
  await using receiver = await WebhookReceiver.start((response) => {
    let isOpen = true;
    response.on("close", () => isOpen = false);
    response.writeHead(200);
    const more = () => {
      while (isOpen && response.write("x".repeat(16 * 1024)));
    };
    response.on("drain", more);
    more();
  });
  using target = targetOf(receiver.url());
  assertEquals(await target.post(), OK);
  assertEquals(await target.post(), OK);
  assertEquals(receiver.connections, 2);
});

Deno.test("webhook target: what a receiver sends has a bound in any form", async () => {
  const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const rows: [first: string, repeated: string, result: string][] = [
    ["", "HTTP/1.1 100 Continue\r\n\r\n", "answer too long"],
    ["", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "answer too long"],
    ["", "\r\n", "answer too long"],
    [chunked, "1\r\na\r\n", "status 200"],
    [chunked, "0", "status 200"],
    [chunked + "1;", "a", "status 200"],
    [chunked + "0\r\n", "X: y\r\n", "status 200"],
  ];
  for (const [first, repeated, result] of rows) {
    await using receiver = await WebhookReceiver.startRaw((socket) => {
      const many = repeated.repeat(1000);
      const more = () => {
        while (!socket.destroyed && socket.write(many));
      };
      socket.on("drain", more);
      socket.once("data", () => {
        socket.write(first);
        more();
      });
    });
    assertEquals(await errorOf(receiver.url()), result, repeated);
  }
  const few = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(10);
  await using receiver = await WebhookReceiver.startRaw((socket) => {
    socket.once("data", () => socket.end(`${few}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`));
  });
  assertEquals(await errorOf(receiver.url()), "status 200");
});

Deno.test("webhook target: a receiver without an answer, or with a strange one, is an error", async () => {
  const rows: [string | null, RegExp][] = [
    [null, /^(ECONNRESET|closed without an answer)$/],
    ["", /^(ECONNRESET|closed without an answer)$/],
    ["HELLO\r\n\r\n", /./],
    ["HTTP/1.1 200 OK\r\nX: " + "x".repeat(100_000) + "\r\n\r\n", /./],
    ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", /./],
  ];
  for (const [bytes, error] of rows) {
    await using receiver = await WebhookReceiver.startRaw((socket) => {
      if (bytes === null) return socket.destroy();
      socket.once("data", () => socket.end(bytes));
    });
    assertMatch(await errorOf(receiver.url()), error);
  }
  await using gone = await WebhookReceiver.startRaw(() => {});
  const url = gone.url();
  await gone[Symbol.asyncDispose]();
  assertEquals(await errorOf(url), "ECONNREFUSED");
  const unknown = await errorOf("https://hubbub.invalid/", { milliseconds: 2000 });
  assertMatch(unknown, /ENOTFOUND|EAI_AGAIN|no answer in time/);
});

Deno.test("webhook target: the time limit holds at each stage of an attempt", async () => {
  const starts = ["", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 2"];
  for (const bytes of starts) {
    await using receiver = await WebhookReceiver.startRaw((socket) => void socket.write(bytes));
    assertEquals(await errorOf(receiver.url(), { milliseconds: 20 }), "no answer in time", bytes);
    // A TLS handshake without an answer.
    const url = receiver.url().replace("http:", "https:");
    if (bytes === "") assertEquals(await errorOf(url, { milliseconds: 20 }), "no answer in time");
  }
  // The status counts once it is there.
  await using receiver = await WebhookReceiver.startRaw((socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx");
  });
  using target = targetOf(receiver.url(), { milliseconds: 500 });
  assertEquals(await target.post(), OK);
});

Deno.test("webhook target: a close ends an attempt", async () => {
  await using receiver = await WebhookReceiver.startRaw(() => target.close());
  const target = targetOf(receiver.url());
  assert("error" in await target.post());
});

Deno.test("webhook target: the certificate is verified, with the name", async () => {
  const ok = (response: { end(text: string): void }) => response.end("ok");
  await using signed = await WebhookReceiver.start(ok, SIGNED);
  assertEquals(await errorOf(signed.url(), { ca: AUTHORITY }), "status 200");
  assertEquals(await errorOf(signed.url("localhost"), { ca: AUTHORITY }), "status 200");
  assert(!/^status/.test(await errorOf(signed.url("127.0.0.2"), { ca: AUTHORITY })));
  assert(!/^status/.test(await errorOf(signed.url())));
  await using selfSigned = await WebhookReceiver.start(ok, SELF_SIGNED);
  assert(!/^status/.test(await errorOf(selfSigned.url(), { ca: AUTHORITY })));
  assertEquals(selfSigned.requests, []);
});

Deno.test("webhook target: private addresses are refused, also those of names", async () => {
  await using receiver = await WebhookReceiver.start((response) => response.end("ok"), SIGNED);
  const hosts = [
    ...["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "[::1]"],
    ...["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost", "LOCALHOST"],
  ];
  for (const host of hosts) {
    const setting = { isPrivate: false, ca: AUTHORITY };
    assertMatch(await errorOf(receiver.url(host), setting), PRIVATE, host);
  }
  assertMatch(await errorOf("http://hubbub.invalid/", { isPrivate: false }), PRIVATE);
  assertEquals(receiver.connections, 0);
});
