import { isIPv4 } from "node:net";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  addressOf,
  clientsPerKind,
  HOSTILE_KINDS,
  KIND_NAMES,
} from "../../../tools/soak/hostile/kinds.ts";
import { readOptions } from "../../../tools/soak.ts";

Deno.test("without arguments: two minutes with every kind", () => {
  const options = { minutes: 2, clients: 200, nonReaders: undefined, kinds: KIND_NAMES };
  assertEquals(readOptions([]), options);
});

Deno.test("all arguments", () => {
  const words = "0.5 --only talker,guesser --clients 20 --non-readers 1000".split(" ");
  assertEquals(readOptions(words), {
    ...{ minutes: 0.5, clients: 20, nonReaders: 1000, kinds: ["talker", "guesser"] },
  });
});

Deno.test("invalid arguments are named", () => {
  const cases = [
    ...["0", "9999", "2x", "--clients", "--clients 0", "--clients 5000", "--non-readers x"],
    ...["--only", "--only unknown", "--only talker,", "--fast", "-1"],
  ];
  for (const words of cases) {
    assertThrows(() => readOptions(words.split(" ")), RangeError, undefined, words);
  }
});

Deno.test("the hostile clients are about as many as requested, with at least one of each kind", () => {
  const sum = (clients: Record<string, number>) =>
    Object.values(clients).reduce((total, count) => total + count, 0);
  const clients = clientsPerKind(KIND_NAMES, 300, undefined);
  assertEquals(Object.keys(clients), [...KIND_NAMES]);
  assert(Math.abs(sum(clients) - 300) <= KIND_NAMES.length / 2, String(sum(clients)));
  assertEquals(sum(clientsPerKind(KIND_NAMES, 1, undefined)), KIND_NAMES.length);
  assertEquals(clientsPerKind(["talker"], 10, undefined), { talker: 10 });
});

Deno.test("the number of non-readers may be given separately", () => {
  const clients = clientsPerKind(KIND_NAMES, 100, 1000);
  const silent = HOSTILE_KINDS.filter((kind) => kind.isNonReader === true);
  const count = silent.reduce((total, { name }) => total + clients[name]!, 0);
  assert(Math.abs(count - 1000) <= silent.length, String(count));
});

Deno.test("every client has an address of the loopback network, shared only within its kind", () => {
  const seen = new Map<string, string>();
  for (const kind of HOSTILE_KINDS) {
    for (let index = 0; index < 2000; index++) {
      const address = addressOf(kind, index);
      assert(isIPv4(address) && address.startsWith("127."), address);
      const owner = kind.addresses === "one" ? kind.name : `${kind.name} ${index}`;
      assertEquals(seen.get(address) ?? owner, owner, address);
      seen.set(address, owner);
    }
  }
});
