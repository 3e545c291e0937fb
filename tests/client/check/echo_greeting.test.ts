/** Echo servers that greet, soon or late, are checked as those that do not. */

import { assertEquals } from "@std/assert";
import type net from "node:net";
import { answering, checkServer } from "./small_server.ts";

const WELCOME = "Welcome to the echo server!\n";

const echo = answering((bytes) => bytes);

/** What a server does with a connection; they are counted from 1. */
type Serve = (socket: net.Socket, number: number) => void;

/** Checks a server that counts its connections. */
function checkNumbered(serve: Serve) {
  let number = 0;
  return checkServer((socket) => serve(socket, ++number), 2000);
}

/** When the greeting comes, and from which server; what that is called. */
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
  "with what also stands before every line": [
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

Deno.test("echo greeting: it is taken off on every connection, whenever it comes", async () => {
  await Promise.all(
    Object.entries(SERVERS).map(async ([when, [serve, title]]) => {
      const found = await checkNumbered(serve);
      assertEquals(found.title, title, when);
      assertEquals(found.results.filter(({ verdict }) => verdict !== "PASS"), [], when);
      assertEquals(found.results.length, 11, when);
    }),
  );
});

Deno.test("echo greeting: a connection that begins in another way is told", async () => {
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
