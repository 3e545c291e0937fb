/** The npm package, as a user gets it: installed from its archive, without a network. */

import { assertEquals, assertMatch } from "@std/assert";
import { delimiter, join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { makePackage } from "../../tools/npm.ts";
import { currentCommit } from "../../tools/staged_sources.ts";
import { withEmptyFolder } from "../../tools/repository.ts";
import type { CommandResult } from "../support/commands.ts";
import { nodeFolder } from "../support/node.ts";
import { isThorough } from "../support/thorough.ts";

const isWanted = isThorough("the npm package is made, installed and run");
const node = isWanted ? nodeFolder() : undefined;

/** The folder of a package of this commit, as `deno task npm` makes it; without one, it is made here. */
const made = Deno.env.get("HUBBUB_TEST_NPM");

/** A program in TypeScript with the library. */
const LIBRARY_USER = `import { ChatClient, Server } from "hubbub";

const server = new Server({ port: 0 });
const { port } = await server.start();
const client: ChatClient = await ChatClient.connect({ port, name: "Ada" });
const { seq }: { seq: number } = await client.send("Hello!");
console.log("seq", seq);
await client.close();
await server.stop();
`;

Deno.test({
  name: "npm package: installed without a network, its program, library and types work",
  ignore: node === undefined,
  fn: () =>
    withEmptyFolder(async (folder) => {
      const user = join(folder, "user");
      if (made === undefined) await makePackage(join(folder, "made"));
      await Deno.mkdir(user);
      const run = inFolder(user);
      await run(
        "npm",
        "pack",
        "--silent",
        `--pack-destination=${folder}`,
        made ?? join(folder, "made"),
      );
      const archive = join(folder, `hubbub-${config.version}.tgz`);
      await run("npm", "init", "--yes");
      await run("npm", "install", "--offline", "--silent", archive);
      assertEquals(await namesIn(join(user, "node_modules")), ["hubbub"], "it has no dependencies");

      const { stdout } = await run("npx", "--offline", "hubbub", "version");
      assertMatch(stdout, /^made as +npm package$/m);
      assertMatch(stdout, /^runtime +Node \d/m);
      assertMatch(stdout, new RegExp(`^commit +${await currentCommit()}$`, "m"));

      await Deno.writeTextFile(
        join(user, "use.mjs"),
        LIBRARY_USER.replace(/: (Chat|\{)[^=]* =/g, " ="),
      );
      const used = await run("node", "use.mjs");
      assertEquals(used.stdout, "seq 1\n");
      assertEquals(used.stderr, "", "no warning of SQLite, which is not used");
      await checkTypes(user);

      // The packer leaves out what it does not know.
      const { stderr, code } = await run("node", "-e", TOO_OLD);
      assertMatch(stderr, /^Cannot run hubbub with Node 20\.9\.0: it needs Node 22\.19 or later\./);
      assertEquals(code, 1);
    }),
});

/** The start in a Node that gives itself for an older one. */
const TOO_OLD = `Object.defineProperty(process.versions, "node", { value: "20.9.0" });
require("./node_modules/hubbub/bin/hubbub.cjs");`;

/** Checks a program in TypeScript, and all declarations of the library. */
async function checkTypes(folder: string): Promise<void> {
  await Deno.writeTextFile(join(folder, "use.mts"), LIBRARY_USER);
  const compilerOptions = {
    ...{ target: "esnext", module: "nodenext", lib: ["esnext"], types: ["node"] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false },
  };
  const options = join(folder, "tsconfig.json");
  await Deno.writeTextFile(options, JSON.stringify({ compilerOptions, files: ["use.mts"] }));
  const checked = inFolder(folder);
  await checked(
    "npm",
    "install",
    "--prefer-offline",
    "--silent",
    "@types/node@22.20.7",
    "typescript@6.0.3",
  );
  const { stdout, code } = await checked("npx", "--offline", "tsc", "--project", options);
  assertEquals([stdout, code], ["", 0]);
}

function inFolder(cwd: string) {
  return async (program: string, ...args: string[]): Promise<CommandResult> => {
    const PATH = `${node}${delimiter}${Deno.env.get("PATH")}`;
    const { code, stdout, stderr } = await new Deno.Command(program, {
      ...{ args, cwd, env: { PATH }, stdin: "null" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.filter((name) => !name.startsWith(".")).sort();
}
