/** Checks of echo servers that send a greeting, early or late. */

import { assertEquals } from "@std/assert";
import type net from "node:net";
import { answering, checkServer } from "./small_server.ts";

const WELCOME = "Welcome to the echo server!\n";

const echo = answering((bytes) => bytes);

/** Serves a connection; numbers start at 1. */
type Serve = (socket: net.Socket, number: number) => void;

/** Checks a server that counts its connections. */
function checkNumbered(serve: Serve) {
  let number = 0;
  return checkServer((socket) => serve(socket, ++number), 2000);
}

/** The time of the greeting, the server that sends it, and the title. */
const SERVERS: Record<string, [serve: Serve, title: string]> = {
  "at once": [
    (socket) => {
      socket.write(WELCOME);
      echo(socket);
    },
    'an echo server that greets with "Welcome to the echo server!"',
  ],
  "together with the first answer": [
    (socket) => {
      socket.once("data", () => socket.write(WELCOME));
      echo(socket);
    },
    'an echo server that greets with "Welcome to the echo server!"',
  ],
  "in pieces": [
    (socket) => {
      socket.write(WELCOME.slice(0, 20));
      socket.once("data", () => socket.write(WELCOME.slice(20)));
      echo(socket);
    },
    'an echo server that greets with "Welcome to the echo server!"',
  ],
  "with a number and no line end": [
    (socket, number) => {
      socket.write(`You are client ${number}`);
      echo(socket);
    },
    'an echo server that greets with "You are client 1"',
  ],
  "with the prefix of every line": [
    (socket) => {
      socket.once("data", () => socket.write("Hello\n"));
      let isNew = true;
      answering((bytes) => {
        const lines = bytes.replace(/^/, isNew ? "> " : "").replace(/\n(?!$)/g, "\n> ");
        isNew = bytes.endsWith("\n");
        return lines;
      })(socket);
    },
    'an echo server that greets with "Hello", and puts "> " before every line',
  ],
};

Deno.test("echo greeting: it is removed on every connection, at any time", async () => {
  await Promise.all(
    Object.entries(SERVERS).map(async ([when, [serve, title]]) => {
      const found = await checkNumbered(serve);
      assertEquals(found.title, title, when);
      assertEquals(found.results.filter(({ verdict }) => verdict !== "PASS"), [], when);
      assertEquals(found.results.length, 11, when);
    }),
  );
});

Deno.test("echo greeting: a connection with another greeting is reported", async () => {
  const { results } = await checkNumbered((socket, number) => {
    if (number < 3) socket.write(WELCOME);
    echo(socket);
  });
  assertEquals(results[0], {
    verdict: "FAIL",
    name: "one message comes back once",
    detail: 'it began with "check-2000-3-end" instead of the greeting',
  });
});
