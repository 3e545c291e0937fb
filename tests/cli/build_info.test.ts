import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { commitOfCheckout } from "../../cli/build_info.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Runs a function with a folder of these files. */
const withFiles = (
  files: Readonly<Record<string, string>>,
  use: (folder: string) => void,
): Promise<void> =>
  withEmptyFolder(async (folder) => {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
      await Deno.writeTextFile(join(folder, path), content);
    }
    use(folder);
  });

Deno.test("build: the commit of a checkout is read from the files of Git", async () => {
  const branch = "ref: refs/heads/some/branch\n";
  for (
    const [name, files, expected] of [
      ["detached", { ".git/HEAD": `${COMMIT}\n` }, COMMIT],
      [
        "branch",
        { ".git/HEAD": branch, ".git/refs/heads/some/branch": `${COMMIT}\n` },
        COMMIT,
      ],
      [
        "packed branch",
        {
          ".git/HEAD": branch,
          ".git/packed-refs": `# pack-refs\n${"f".repeat(40)} refs/heads/main\n` +
            `${COMMIT} refs/heads/some/branch\n`,
        },
        COMMIT,
      ],
      [
        "further worktree",
        {
          ".git": "gitdir: main/.git/worktrees/further\n",
          "main/.git/worktrees/further/HEAD": branch,
          "main/.git/worktrees/further/commondir": "../..\n",
          "main/.git/refs/heads/some/branch": COMMIT,
        },
        COMMIT,
      ],
      ["no checkout", {}, null],
      ["branch without a commit", { ".git/HEAD": branch }, null],
      ["no commit", { ".git/HEAD": "secret of another program\n" }, null],
      ["a way out of Git's folder", { ".git/HEAD": "ref: refs/../../x\n", "x": COMMIT }, null],
    ] as const
  ) {
    await withFiles(files, (folder) => assertEquals(commitOfCheckout(folder), expected, name));
  }
});

Deno.test("build: sources that were not loaded from files have no commit", () => {
  assertEquals(commitOfCheckout(undefined), null);
});
