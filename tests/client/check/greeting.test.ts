import { assertEquals } from "@std/assert";
import { Greeting } from "../../../client/check/check_client.ts";

/** How long the greeting is in what came so far, for each byte of it. */
function lengths(greeting: string, received: string): (number | undefined)[] {
  const known = new Greeting(greeting);
  return Array.from(received, (_, index) => known.lengthIn(received.slice(0, index + 1)));
}

Deno.test("greeting: it is waited for byte by byte, and nothing after it belongs to it", () => {
  const greeting = "[hi]\n> ";
  assertEquals(new Greeting(greeting).lengthIn(""), undefined);
  assertEquals(lengths(greeting, `${greeting}[h`), [
    ...Array(greeting.length - 1).fill(undefined),
    ...Array(3).fill(greeting.length),
  ]);
});

Deno.test("greeting: its numbers may be others, and longer", () => {
  const greeting = new Greeting("Client 9 of 9, port 50000.\n");
  const rows: [received: string, length: number | undefined][] = [
    ["Client 10 of 10, port 1.\necho", 25],
    // Cut within a number, and before one.
    ["Client 1", undefined],
    ["Client ", undefined],
    ["Client x", 0],
    ["Client 10 of 10, port 1!\n", 0],
  ];
  for (const [received, length] of rows) {
    assertEquals(greeting.lengthIn(received), length, received);
  }
});

Deno.test("greeting: anything else is told as soon as it differs", () => {
  assertEquals(lengths("Welcome\n", "Welding"), [undefined, undefined, undefined, 0, 0, 0, 0]);
});
