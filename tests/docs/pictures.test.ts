/** The pictures of the documents: small, and without anything of the machine that made them. */

import { assert, assertEquals } from "@std/assert";
import { SIZE_LIMITS } from "../../tools/pictures/write.ts";

const FOLDER = new URL("../../docs/pictures/", import.meta.url);

const PICTURES = [
  ...["backlog.svg", "bench-live.svg", "chat.png", "page-dark.png", "page-light.png"],
  ...["page-phone.png", "peers.svg", "report.png", "terminal.svg"],
];

Deno.test("pictures: all that the tasks make are there, and no others", () => {
  const found = [...Deno.readDirSync(FOLDER)].map(({ name }) => name);
  assertEquals(found.toSorted(), PICTURES.toSorted());
});

Deno.test("pictures: each is within the limit of its kind", () => {
  for (const name of PICTURES) {
    const { size } = Deno.statSync(new URL(name, FOLDER));
    assert(
      size > 500 && size <= SIZE_LIMITS[name.endsWith(".svg") ? "svg" : "png"],
      `${name}: ${size}`,
    );
  }
});

Deno.test("pictures: texts have no folder and no script, and name no machine", () => {
  const machine = Deno.hostname();
  for (const name of PICTURES.filter((name) => name.endsWith(".svg"))) {
    const svg = Deno.readTextFileSync(new URL(name, FOLDER));
    assert(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"'), name);
    const found = /<script|href|\/(?:home|root|tmp|work|usr|Users)\b/.exec(svg);
    assertEquals(found?.[0], undefined, name);
    assert(machine === "localhost" || !svg.includes(machine), name);
  }
});
