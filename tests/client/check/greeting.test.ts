import { assertEquals } from "@std/assert";
import { Greeting } from "../../../client/check/check_client.ts";

/** The length of the greeting after each received byte. */
function lengths(greeting: string, received: string): (number | undefined)[] {
  const known = new Greeting(greeting);
  return Array.from(received, (_, index) => known.lengthIn(received.slice(0, index + 1)));
}

Deno.test("greeting: it is complete after its last byte, and nothing after it belongs to it", () => {
  const greeting = "[hi]\n> ";
  assertEquals(new Greeting(greeting).lengthIn(""), undefined);
  assertEquals(lengths(greeting, `${greeting}[h`), [
    ...Array(greeting.length - 1).fill(undefined),
    ...Array(3).fill(greeting.length),
  ]);
});

Deno.test("greeting: its numbers may differ, also in length", () => {
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

Deno.test("greeting: another text is detected at its first different byte", () => {
  assertEquals(lengths("Welcome\n", "Welding"), [undefined, undefined, undefined, 0, 0, 0, 0]);
});
