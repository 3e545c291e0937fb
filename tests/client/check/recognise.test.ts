import { assertEquals } from "@std/assert";
import net from "node:net";
import { type CheckResult, runChecks } from "../../../client/check/mod.ts";

/** Checks a server that does something with each connection; gives back what was found first. */
async function checkStranger(serve: (socket: net.Socket) => void): Promise<CheckResult> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const results: CheckResult[] = [];
  try {
    await runChecks({
      endpoint: { host: "127.0.0.1", port: (server.address() as net.AddressInfo).port },
      patienceMilliseconds: 400,
      onRecognised: () => {},
      onResult: (result) => results.push(result),
      random: () => 0,
    });
  } finally {
    server.close();
  }
  return results[0]!;
}

/** Answers what each read brings. */
function answering(answer: (text: string) => string | Uint8Array) {
  return (socket: net.Socket) => {
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => socket.write(answer(text)));
  };
}

const UNKNOWN = "it is neither a chat nor an echo server that check knows";

const STRANGERS: Record<string, [serve: (socket: net.Socket) => void, told: string]> = {
  "greets as SSH does": [
    (socket) => {
      socket.resume();
      socket.write("SSH-2.0-OpenSSH_9\r\n");
    },
    `it greets with "SSH-2.0-OpenSSH_9": ${UNKNOWN}`,
  ],
  "echoes in upper case": [
    answering((text) => text.toUpperCase()),
    `it answers "CHECK-2000-0-END" to "check-2000-0-end": ${UNKNOWN}`,
  ],
  "echoes each line reversed": [
    answering((text) => `${[...text.trimEnd()].reverse().join("")}\n`),
    `it answers "dne-0-0002-kcehc" to "check-2000-0-end": ${UNKNOWN}`,
  ],
  "answers everything in the same way": [
    answering(() => "250 ok\r\n"),
    `it answers "250 ok" to "check-2000-0-end": ${UNKNOWN}`,
  ],
  "greets, and answers": [
    (socket) => {
      socket.write("\x07calc> ");
      answering(() => "?\n> ")(socket);
    },
    `it greets with "calc>", and answers "? >" to "check-2000-0-end": ${UNKNOWN}`,
  ],
  "answers once, and closes": [
    (socket) => {
      socket.once("data", () => socket.end(`HTTP/1.1 400 ${"Bad Request ".repeat(20)}`));
    },
    `it answers "HTTP/1.1 400 ${"Bad Request ".repeat(5)}Bad Re…" to "check-2000-0-end", ` +
    `and closes the connection: ${UNKNOWN}`,
  ],
  "answers with bytes that are no text": [
    answering(() => Uint8Array.of(0x15, 3, 3, 0, 2, 2, 10)),
    `it answers something unreadable to "check-2000-0-end": ${UNKNOWN}`,
  ],
  "closes at once": [
    (socket) => void socket.end(),
    "it closes the connection without a word",
  ],
  "says nothing": [
    (socket) => void socket.resume(),
    "it neither greets nor answers",
  ],
};

for (const [what, [serve, told]] of Object.entries(STRANGERS)) {
  Deno.test(`recognise: a server that ${what} is told by what it does`, async () => {
    assertEquals(await checkStranger(serve), {
      verdict: "FAIL",
      name: "what the server is",
      detail: told,
    });
  });
}
