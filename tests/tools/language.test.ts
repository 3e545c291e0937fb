import { assert, assertEquals, assertThrows } from "@std/assert";
import { avoidedUses, avoidedWords } from "../../tools/language.ts";

const GLOSSARY = `# Glossary

| term | meaning |
| ---- | ------- |
| peer | the other end |

## Words to avoid

| pattern               | write    |
| --------------------- | -------- |
| \`whoever\`, \`anyone\` | the peer |
| \`(is\\|are) told\`     | receives |
`;

const uses = (text: string) =>
  avoidedUses(text, avoidedWords(GLOSSARY)).map(({ line, found, instead }) =>
    `${line}: ${found} -> ${instead}`
  );

Deno.test("language: finds each pattern of the table, with its line and what to write", () => {
  assertEquals(uses("It is told.\nWhoever asks,\nanyone."), [
    "1: is told -> receives",
    "2: Whoever -> the peer",
    "3: anyone -> the peer",
  ]);
});

Deno.test("language: finds a phrase that continues on the next line of a comment", () => {
  assertEquals(uses("// one\n * The client is\n   * told."), ["2: is told -> receives"]);
  assertEquals(uses("/** x */\n  // all are\n  // told so"), ["2: are told -> receives"]);
});

Deno.test("language: leaves parts of words and the terms of the glossary alone", () => {
  assertEquals(uses("this told, anyoneElse, a peer"), []);
});

Deno.test("language: a glossary without the table is an error", () => {
  assertThrows(() => avoidedWords("# Glossary\n"), Error, "Cannot read the glossary");
});

Deno.test("language: the project's glossary has words to avoid", async () => {
  const path = new URL("../../docs/GLOSSARY.md", import.meta.url);
  const words = avoidedWords(await Deno.readTextFile(path));
  assert(words.length > 20, `${words.length}`);
});
