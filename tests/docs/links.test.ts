/** The documents lead somewhere: their links, pictures, files and commands exist. */

import { assert, assertEquals } from "@std/assert";
import { dirname, join, normalize, relative } from "node:path";
import { program } from "../../cli/main.ts";
import config from "../../deno.json" with { type: "json" };
import { REPOSITORY } from "../../tools/repository.ts";
import { type Page, parsePage, readPages } from "../support/documents.ts";

const PAGES = readPages();
/** The changelog also has what no longer exists. */
const CURRENT = PAGES.filter(({ path }) => path !== "CHANGELOG.md");

const PICTURES = "docs/pictures";

function exists(path: string): boolean {
  try {
    Deno.statSync(join(REPOSITORY, path));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A link's file, from the folder of the project, and its fragment. */
function targetOf(page: Page, link: string): { readonly file: string; readonly anchor: string } {
  const [path = "", anchor = ""] = link.split("#");
  return { file: path === "" ? page.path : normalize(join(dirname(page.path), path)), anchor };
}

/** What is wrong with a link; `undefined` if it leads somewhere. */
function faultOf(page: Page, link: string, pages: readonly Page[]): string | undefined {
  if (/^[a-z]+:/.test(link)) {
    return /^https:\/\/[\w.-]+\.[a-z]+(\/|$)/.test(link) ? undefined : "not https";
  }
  const { file, anchor } = targetOf(page, link);
  if (relative(".", file).startsWith("..")) return "outside of the project";
  if (!exists(file)) return "no such file";
  if (anchor === "") return undefined;
  const target = pages.find(({ path }) => path === file);
  return target?.anchors.has(anchor) === true ? undefined : `no heading #${anchor}`;
}

Deno.test("links: every link and picture leads to a file, and to a heading", () => {
  const faults = PAGES.flatMap((page) =>
    page.links.map((link) => [page.path, link, faultOf(page, link, PAGES)])
  ).filter(([, , fault]) => fault !== undefined);
  assertEquals(faults, []);
});

Deno.test("links: a wrong one is found", () => {
  const page = parsePage(
    "docs/X.md",
    "# A `b` (c)\n\n# A b c\n\n[a](#a-b-c) [b](#a-b-c-1) [c](#d) [d](Y.md) ![e](../../x.png) " +
      '[f](http://example.org/) `[g](Z.md)` <img src="z.png">\n\n```text\n[h](Z.md)\n```\n',
  );
  assertEquals(page.links.map((link) => [link, faultOf(page, link, [page])]), [
    ["#a-b-c", "no such file"],
    ["#a-b-c-1", "no such file"],
    ["#d", "no such file"],
    ["Y.md", "no such file"],
    ["../../x.png", "outside of the project"],
    ["http://example.org/", "not https"],
    ["z.png", "no such file"],
  ]);
  const readme = parsePage("README.md", page.text);
  assertEquals(readme.links.slice(0, 3).map((link) => faultOf(readme, link, [readme])), [
    undefined,
    undefined,
    "no heading #d",
  ]);
});

Deno.test("links: the index has every page, and every picture is shown with a description", () => {
  const index = PAGES.find(({ path }) => path === "docs/README.md")!;
  const indexed = new Set(index.links.map((link) => targetOf(index, link).file));
  const pages = PAGES.map(({ path }) => path).filter((path) => !path.endsWith("README.md"));
  assertEquals(pages.filter((path) => !indexed.has(path)), []);
  const linked = new Set(
    PAGES.flatMap((page) => page.links.map((link) => targetOf(page, link).file)),
  );
  const pictures = exists(PICTURES)
    ? [...Deno.readDirSync(join(REPOSITORY, PICTURES))].map(({ name }) => `${PICTURES}/${name}`)
    : [];
  assertEquals(pictures.filter((path) => !linked.has(path)), []);
  for (const { path, text } of PAGES) {
    assertEquals([...text.matchAll(/!\[\s*\]\(|<img(?![^>]* alt="[^"]+")[^>]*>/g)], [], path);
  }
});

Deno.test("links: every page of docs/ begins with what its reader will have", () => {
  const others = CURRENT.filter(({ path }) => path.startsWith("docs/") && !/README/.test(path))
    .filter(({ text }) => !/^# .+\n\nAfter (this page|these lessons) you /.test(text))
    .map(({ path }) => path);
  assertEquals(others, []);
});

/** The tests that read the blocks of a page, besides commands and what these print. */
const BLOCK_TESTS: Readonly<Record<string, string>> = {
  "docs/CONFIGURATION.md json": "tests/docs/configuration.test.ts",
  "docs/DEPLOY.md haproxy": "tests/e2e/deploy.test.ts",
  "docs/DEPLOY.md ini": "tests/e2e/fail2ban.test.ts",
  "docs/DEPLOY.md nginx": "tests/e2e/deploy.test.ts",
  "docs/HTTP.md nginx": "tests/e2e/keep_alive.test.ts",
  "docs/LIBRARY.md ts": "deno.json", // deno test --doc
  "docs/PROFILES.md ts": "tests/docs/profiles.test.ts",
  "docs/PROTOCOL.md replay": "tests/docs/protocol.test.ts",
};

Deno.test("links: every block of code is read by a test", () => {
  const kinds = PAGES.flatMap(({ path, blocks }) =>
    blocks.map(({ language }) => language).filter((language) => !/^(sh|text)\b/.test(language))
      .map((language) => `${path} ${language.split(" ")[0]}`)
  );
  assertEquals([...new Set(kinds)].toSorted(), Object.keys(BLOCK_TESTS).toSorted());
  for (const [kind, test] of Object.entries(BLOCK_TESTS)) {
    const page = kind.split(" ")[0]!;
    assert(Deno.readTextFileSync(join(REPOSITORY, test)).includes(page), `${test} reads ${page}`);
  }
});

Deno.test("links: files that are named in code exist", () => {
  const folders = /^(?:docs|tests|server|client|cli|bench|web|tools|protocol|packaging)\/[\w./-]*$/;
  const missing = CURRENT.flatMap(({ path, codes }) =>
    codes.filter((code) => folders.test(code) && !exists(code)).map((code) => [path, code])
  );
  assertEquals(missing, []);
});

const commands = await program();

/** What is wrong with a command line of the program; `undefined` if it could be typed. */
function faultOfCommand(line: string): string | undefined {
  const words = line.split(" -- ")[0]!.split(" | ")[0]!.split(" ").slice(1);
  let command = commands;
  const names: string[] = [];
  while (words.length > 0) {
    const inner = command.commands.find((each) => each.name() === words[0]);
    if (inner === undefined) break;
    command = inner as typeof command;
    names.push(words.shift()!);
  }
  const isName = /^[a-z]+$/.test(words[0] ?? "");
  if (isName && (names.length === 0 || command.registeredArguments.length === 0)) {
    return `no command ${[...names, words[0]].join(" ")}`;
  }
  const flags = new Set(command.options.flatMap(({ short, long }) => [short, long]));
  flags.add("--help").add("--version");
  return words.filter((word) => /^--?[a-zA-Z]/.test(word)).map((word) => word.split("=")[0]!)
    .filter((flag) => !flags.has(flag)).map((flag) => `no option ${flag}`)[0];
}

Deno.test("links: commands of the program that are named in code exist, with their options", () => {
  const lines = CURRENT.flatMap(({ path, codes }) =>
    codes.map((code) => code.replace(/^(npx -y deno@\S+|deno) task (-q )?(?=hubbub )/, ""))
      .filter((code) => /^hubbub [a-z-]/.test(code)).map((code) => [path, code] as const)
  );
  assert(lines.length > 60, `${lines.length} commands`);
  const faults = lines.map(([path, line]) => [path, line, faultOfCommand(line)])
    .filter(([, , fault]) => fault !== undefined);
  assertEquals(faults, []);
});

Deno.test("links: a wrong command and a wrong option are found", () => {
  for (
    const [line, fault] of [
      ["hubbub serve --host 0.0.0.0", undefined],
      ["hubbub bench -c 10 -- python3 server.py --fast", undefined],
      ["hubbub bench broadcast HOST:PORT --repeat 5", undefined],
      ["hubbub chat office --port 9000", undefined],
      ["hubbub dance", "no command dance"],
      ["hubbub account dance", "no command account dance"],
      ["hubbub serve --hots 0.0.0.0", "no option --hots"],
      ["hubbub send --json HOST", "no option --json"],
    ] as const
  ) assertEquals(faultOfCommand(line), fault, line);
});

Deno.test("links: the README names the archive of this version", () => {
  const readme = PAGES.find(({ path }) => path === "README.md")!;
  const named = [...readme.text.matchAll(/\bhubbub-(\d[\w.-]*)\.tgz/g)].map(([, each]) => each);
  assertEquals(named, [config.version]);
});

Deno.test("links: tasks that are named in code exist", () => {
  const named = CURRENT.flatMap(({ codes, blocks }) =>
    [...codes, ...blocks.map(({ text }) => text)].flatMap((code) =>
      [...code.matchAll(/\btask (?:-q )?([a-z][\w:-]*)/g)].map(([, task]) => task!)
    )
  );
  assertEquals([...new Set(named)].filter((task) => !(task in config.tasks)), []);
});
