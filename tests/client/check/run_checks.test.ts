import { assertEquals } from "@std/assert";
import net from "node:net";
import { type CheckResult, runChecks } from "../../../client/check/mod.ts";
import { answering, checkServer } from "./small_server.ts";

/**
 * Checks a chat that asks for a name and stops at the first one: it closes that connection, and each
 * later one while its port is still open.
 */
async function checkStopping(connectionsUntilClosed: number): Promise<CheckResult[]> {
  let isStopping = false;
  let left = connectionsUntilClosed;
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    if (isStopping) {
      socket.end();
      if (--left === 0) server.close();
      return;
    }
    socket.on("data", () => {
      isStopping = true;
      socket.resetAndDestroy();
      if (left === 0) server.close();
    });
    socket.on("end", () => socket.end());
    socket.write("Enter your name: ");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const results: CheckResult[] = [];
  try {
    await runChecks({
      endpoint: { host: "127.0.0.1", port: (server.address() as net.AddressInfo).port },
      patienceMilliseconds: 4000,
      onRecognised: () => {},
      onResult: (result) => results.push(result),
    });
  } finally {
    server.close();
  }
  return results;
}

for (const connections of [0, 1, 2]) {
  Deno.test(`checks: a server that stops is reported, ${connections} connections later`, async () => {
    const [first, ...others] = await checkStopping(connections);
    assertEquals(first?.detail, "the server stopped after a client had left");
    assertEquals(others.map(({ verdict }) => verdict), others.map(() => "SKIP"));
  });
}

Deno.test("checks: a password prompt is reported once, and the other checks are skipped", async () => {
  const { title, results: [first, ...others] } = await checkServer((socket) => {
    socket.write("Enter your name: ");
    answering(() => "Password: ")(socket);
  }, 2000);
  assertEquals(title, 'a chat that asks "Enter your name:"');
  assertEquals(first, {
    verdict: "FAIL",
    name: "a client joins with a name",
    detail: "it asks for a password after the name",
  });
  assertEquals(
    others.map(({ verdict, detail }) => `${verdict} ${detail}`),
    others.map(() => "SKIP the server asks for a password"),
  );
});
