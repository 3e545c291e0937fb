/**
 * The library's server in programs with few permissions: those that docs/LIBRARY.md lists suffice, and
 * missing ones are logged.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { PROJECT } from "../support/program.ts";

const ENV = "--allow-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE";
const NET = "--allow-net=127.0.0.1";
const NAME = "--allow-sys=hostname";
const DEVICE = Deno.build.os === "windows" ? String.raw`\\.\nul` : "/dev/null";

/** The lines that the program prints. */
async function printed(permissions: readonly string[], options: object = {}): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check", ...permissions],
      `${PROJECT}tests/fixtures/library_server.ts`,
      JSON.stringify(options),
    ],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout).trimEnd();
  return text === "" ? [new TextDecoder().decode(stderr)] : text.split("\n");
}

Deno.test("the library's server needs the permissions that its documentation lists", async () => {
  const document = await Deno.readTextFile(`${PROJECT}docs/LIBRARY.md`);
  for (const flag of [ENV, NET, NAME, "--allow-read=/dev/null"]) {
    assertStringIncludes(document, flag);
  }
  assertEquals(await printed([ENV, NET, NAME, `--allow-read=${DEVICE}`]), ["5 clients"]);
});

Deno.test("without --allow-read the library's server admits all clients, and logs a warning", async () => {
  const [warning, ...rest] = await printed([ENV, NET, NAME]);
  assertStringIncludes(warning!, "warn: cannot find out the limit on open files; ");
  assertStringIncludes(warning!, "--allow-read");
  assertEquals(rest, ["5 clients"]);
});

Deno.test("without --allow-sys the library's server admits all clients, and logs a warning", async () => {
  const [warning, ...rest] = await printed([ENV, NET, `--allow-read=${DEVICE}`]);
  assertStringIncludes(warning!, "warn: cannot find out the name of this machine; ");
  assertEquals(rest, ["5 clients"]);
});

Deno.test("a data folder needs the permissions that the documentation lists, on each start", async () => {
  const folder = await Deno.makeTempDir();
  const data = `${folder}/data`;
  try {
    const basic = [ENV, NET, `--allow-read=${DEVICE},${data}`];
    const [none] = await printed([...basic, NAME], { data });
    assertStringIncludes(none!, "the runtime does not permit it. Requires write access to ");
    const sys = "--allow-sys=hostname,uid,gid";
    const all = [...basic, `--allow-write=${data}`, sys];
    assertStringIncludes(await Deno.readTextFile(`${PROJECT}docs/LIBRARY.md`), sys);
    for (let start = 0; start < 2; start++) {
      assertEquals(await printed(all, { data, tls: "self-signed" }), ["5 clients"]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
