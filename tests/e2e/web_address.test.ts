/** The clients at the address of a page, and through an HTTP proxy, as real programs. */

import { assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import net from "node:net";
import { withServer } from "../client/fixture_server.ts";
import { freePort } from "../support/addresses.ts";
import { FOREIGN, SIGNED } from "../support/certificates.ts";
import { runProgram } from "../support/program.ts";
import { startServer } from "../support/server.ts";

const NAME = "chat.invalid";

/** A proxy that connects each client to a server, whatever its name, and records the requests. */
async function withProxy(to: number, body: (port: number, requests: string[]) => Promise<void>) {
  const requests: string[] = [];
  await withServer((socket) => {
    socket.once("data", (request) => {
      requests.push(String(request));
      const server = net.connect(to, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(server).pipe(socket);
      });
      server.on("error", () => socket.destroy());
      socket.on("close", () => server.destroy());
    });
  }, (port) => body(port, requests));
}

Deno.test("send and tail use the proxy of an option or the environment, and https is encrypted", async () => {
  await using server = await startServer({ tls: "self-signed", allowedHosts: [NAME] });
  await withProxy(server.port, async (port, requests) => {
    const https_proxy = `http://ann:secret@127.0.0.1:${port}`;
    const byUrl = await runProgram(["send", `https://${NAME}/`, "--name", "cron", "one"], {
      env: { https_proxy, no_proxy: "127.0.0.1" },
    });
    assertEquals(byUrl.code, 0, byUrl.stderr);
    assertMatch(byUrl.stderr, /^The certificate of chat\.invalid:443 is signed by no authority/);
    const request = "CONNECT chat.invalid:443 HTTP/1.1\r\nHost: chat.invalid:443\r\n" +
      "Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n\r\n";
    // The second connection accepts the unknown certificate.
    assertEquals(requests.splice(0), [request, request]);
    const words = [
      "tail",
      "--host",
      `ws://127.0.0.1:${server.port}`,
      "--since",
      "0",
      "--no-follow",
    ];
    const past = await runProgram([...words, "--timestamps", "none"], {
      env: { HUBBUB_PROXY: "off", http_proxy: https_proxy, no_proxy: "" },
    });
    assertEquals([past.code, past.stdout, past.stderr], [0, "cron: one\n", ""]);
    assertEquals(requests, []);
    const byOption = await runProgram([
      ...["send", "--host", NAME, "--port", "9", "--proxy", `127.0.0.1:${port}`],
      ...["--name", "cron", "two"],
    ]);
    assertEquals([byOption.code, byOption.stderr], [0, ""]);
    assertEquals(requests.length, 1);
  });
});

Deno.test("check encrypts, and uses a proxy, as chat does", async () => {
  await using server = await startServer({ tls: SIGNED });
  const at = `127.0.0.1:${server.port}`;
  await withProxy(server.port, async (port, requests) => {
    const encrypted = ["check", at, "--fingerprint", SIGNED.fingerprint, "--timeout", "60s"];
    const checked = await runProgram([...encrypted, "--proxy", `127.0.0.1:${port}`]);
    assertMatch(checked.stdout, /\n16 passed, 0 failed, 0 skipped\n$/, checked.stderr);
    assertGreater(requests.length, 20);
  });
  const page = await runProgram(["check", `https://${at}/`, "--insecure", "--timeout", "60s"]);
  assertMatch(page.stdout, /\n8 passed, 0 failed, 0 skipped\n$/, page.stderr);
  const refused = await runProgram(["check", at, "--fingerprint", FOREIGN.fingerprint]);
  assertEquals(refused.code, 3);
  assertStringIncludes(refused.stderr, "certificate");
});

Deno.test("a proxy that is not there is reported, and its password is not", async () => {
  const https_proxy = `http://ann:secret@127.0.0.1:${freePort()}`;
  const { code, stderr } = await runProgram(["send", `https://${NAME}/`, "hello"], {
    env: { https_proxy, no_proxy: "" },
  });
  assertEquals(code, 3);
  assertMatch(
    stderr,
    /^Cannot connect to chat\.invalid:443: the proxy .* cannot be used: .*refused/,
  );
  assertEquals(stderr.includes("secret"), false);
});
