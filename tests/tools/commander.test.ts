/** The copy of commander in an executable loads none of Node's modules. */

import { assertEquals, assertThrows } from "@std/assert";
import { withoutNode } from "../../tools/commander/lean.ts";
import { EventEmitter, stripVTControlCharacters } from "../../tools/commander/platform.ts";

Deno.test("commander: imports of Node's modules are replaced, and those of its own are kept", () => {
  assertEquals(
    withoutNode([
      "import { EventEmitter } from 'node:events';",
      "import path from 'node:path';",
      "import process from 'node:process';",
      "import { Option } from './option.js';",
    ].join("\n")),
    [
      'import { EventEmitter } from "./platform.js";',
      "const path = undefined;",
      'import { process } from "./platform.js";',
      "import { Option } from './option.js';",
    ].join("\n"),
  );
});

Deno.test("commander: another import ends the build", () => {
  for (const module of ["node:net", "ansi"]) {
    const code = `import { some } from '${module}';`;
    assertThrows(() => withoutNode(code), Error, `Cannot replace ${code}`);
  }
});

Deno.test("commander: listeners are called in their order, with the emitter and the values", () => {
  const emitter = new EventEmitter();
  const calls: unknown[] = [];
  for (const name of ["first", "second"]) {
    emitter.on("option", function (this: unknown, ...values) {
      calls.push([name, this === emitter, ...values]);
    });
  }
  assertEquals(emitter.listenerCount("option"), 2);
  assertEquals([emitter.emit("option", 1, "two"), emitter.emit("other")], [true, false]);
  assertEquals(calls, [["first", true, 1, "two"], ["second", true, 1, "two"]]);
});

Deno.test("commander: sequences that colour a text have no width", () => {
  assertEquals(stripVTControlCharacters("\x1b[1;31mred\x1b[0m text"), "red text");
});
