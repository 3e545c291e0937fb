import { assertEquals, assertMatch } from "@std/assert";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BEGINNING } from "../../../client/learn/progress.ts";
import { ProgressFile } from "../../../cli/learn/progress_file.ts";

const PROGRESS = { lesson: 7, step: 3, answered: new Map([[1, 2]]) };

/** A folder that is removed at the end. */
function temporaryFolder() {
  const path = Deno.makeTempDirSync();
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

Deno.test("progress file: a learner without one begins, and it is written for its owner only", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "new", "learn.json");
  const file = new ProgressFile(path, 15);
  assertEquals(file.read(), { progress: BEGINNING });
  assertEquals(file.write(PROGRESS), undefined);
  assertEquals(file.read(), { progress: PROGRESS });
  assertEquals(readdirSync(join(folder.path, "new")), ["learn.json"]); // no draft is left
  if (Deno.build.os !== "windows") assertEquals(statSync(path).mode & 0o777, 0o600);
});

for (const content of ['{"version":1,"les', "", "\0\0"]) {
  Deno.test(`progress file: ${JSON.stringify(content.slice(0, 17))} makes the learner begin, with a sentence`, () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "learn.json");
    writeFileSync(path, content);
    const file = new ProgressFile(path, 15);
    const { progress, warning } = file.read();
    assertEquals(progress, BEGINNING);
    assertMatch(warning!, /^The progress in .*learn\.json is damaged: you begin at lesson 1\. /);
    file.write(PROGRESS);
    assertEquals(file.read(), { progress: PROGRESS });
  });
}

Deno.test("progress file: one that cannot be used is a sentence, and once only when it is written", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "learn.json");
  mkdirSync(path); // a folder in its place
  const file = new ProgressFile(path, 15);
  assertMatch(file.read().warning!, /^Cannot read .*: it is a folder\. You begin at lesson 1\.$/);
  assertMatch(file.write(PROGRESS)!, /^Your progress is not stored: cannot write .*\.$/);
  assertEquals(file.write(PROGRESS), undefined);
  assertEquals(readdirSync(folder.path), ["learn.json"]); // no draft is left
});

Deno.test("progress file: a large one is not read, and is replaced", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "learn.json");
  writeFileSync(path, "x".repeat(100_000));
  const file = new ProgressFile(path, 15);
  assertMatch(file.read().warning!, /it is longer than \d+ bytes\. You begin at lesson 1\.$/);
  file.write(PROGRESS);
  assertEquals(file.read(), { progress: PROGRESS });
});

Deno.test({
  name: "progress file: a pipe without a writer is not waited for, and is replaced",
  ignore: Deno.build.os === "windows",
  fn() {
    using folder = temporaryFolder();
    const path = join(folder.path, "learn.json");
    new Deno.Command("mkfifo", { args: [path] }).outputSync();
    const file = new ProgressFile(path, 15);
    assertMatch(file.read().warning!, /it is a pipe or a device, not a file\. You begin/);
    file.write(PROGRESS);
    assertEquals(file.read(), { progress: PROGRESS });
  },
});

Deno.test("progress file: without a configuration folder nothing is stored", () => {
  const file = new ProgressFile(undefined, 15);
  assertEquals(file.write(PROGRESS), undefined);
  assertEquals(file.read(), { progress: BEGINNING });
});

Deno.test({
  name: "progress file: a folder that cannot be written to is a sentence",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0, // root may write everywhere
  fn() {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o500);
    const file = new ProgressFile(join(folder.path, "learn.json"), 15);
    assertMatch(file.write(PROGRESS)!, /permission denied\.$/);
  },
});

Deno.test({
  name: "progress file: one that others can change is neither read nor written",
  ignore: Deno.build.os === "windows",
  fn: () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "learn.json");
    new ProgressFile(path, 15).write(PROGRESS);
    chmodSync(path, 0o646);
    const file = new ProgressFile(path, 15);
    assertEquals(file.read(), {
      progress: BEGINNING,
      warning: `Your progress is neither read nor stored. Cannot use ${path}: other users can ` +
        `change it. Run: chmod go-w ${path}`,
    });
    assertEquals(file.write({ ...PROGRESS, lesson: 9 }), undefined);
    chmodSync(path, 0o600);
    assertEquals(new ProgressFile(path, 15).read(), { progress: PROGRESS });
  },
});
