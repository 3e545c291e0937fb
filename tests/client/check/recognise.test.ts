import { assertEquals } from "@std/assert";
import type net from "node:net";
import { answering, checkServer } from "./small_server.ts";

const UNKNOWN = "it is neither a chat nor an echo server that check knows";

const UNKNOWN_SERVERS: Record<string, [serve: (socket: net.Socket) => void, description: string]> =
  {
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
    "always sends the same answer": [
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
        socket.once("data", () => socket.end(`goodbye ${"my friend ".repeat(20)}`));
      },
      `it answers "goodbye ${"my friend ".repeat(7)}m…" to "check-2000-0-end", ` +
      `and closes the connection: ${UNKNOWN}`,
    ],
    "is a web server": [
      (socket) => {
        socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
      },
      "it is a web server: it is neither a chat nor an echo server",
    ],
    "is a web server that repeats the request": [
      (socket) => {
        socket.once("data", (bytes) => {
          socket.end(`<!DOCTYPE HTML>\n<html><p>Message: Bad request syntax ('${bytes}').</p>\n`);
        });
      },
      "it is a web server: it is neither a chat nor an echo server",
    ],
    "wants TLS": [
      answering(() => "\x15\x03\x03\x00\x02\x02\x0a"),
      "it expects TLS: it is neither a chat nor an echo server",
    ],
    "repeats an unknown command, as Redis does": [
      answering((text) => `-ERR unknown command '${text.trim()}', with args beginning with: \r\n`),
      `it answers "-ERR unknown command 'check-2000-0-end', with args beginning with:" to ` +
      `"check-2000-0-end": ${UNKNOWN}`,
    ],
    "repeats an unknown command, as IRC servers do": [
      answering((text) => `:irc 421 * ${text.trim()} :Unknown command\r\n`),
      `it answers ":irc 421 * check-2000-0-end :Unknown command" to "check-2000-0-end": ${UNKNOWN}`,
    ],
    "repeats an unknown command, as mail servers do": [
      (socket) => {
        socket.write("220 mail ESMTP\r\n");
        answering((text) => `500 5.5.1 Unrecognized command "${text.trim()}"\r\n`)(socket);
      },
      `it greets with "220 mail ESMTP", and answers "500 5.5.1 Unrecognized command ` +
      `"check-2000-0-end"" to "check-2000-0-end": ${UNKNOWN}`,
    ],
    "answers with binary data": [
      answering(() => "\x05\x03\x03\x00\x02\x02\x0a"),
      `it answers something unreadable to "check-2000-0-end": ${UNKNOWN}`,
    ],
    "closes at once": [
      (socket) => void socket.end(),
      "it closes the connection without sending anything",
    ],
    "sends nothing": [
      (socket) => void socket.resume(),
      "it neither greets nor answers",
    ],
  };

Deno.test("recognise: a server that is neither a chat nor an echo server is described by its answers", async () => {
  await Promise.all(
    Object.entries(UNKNOWN_SERVERS).map(async ([what, [serve, description]]) => {
      const { results } = await checkServer(serve, 1000);
      const expected = { verdict: "FAIL", name: "kind of server", detail: description } as const;
      assertEquals(results, [expected], what);
    }),
  );
});
