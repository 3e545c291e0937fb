/** The workflows of CI: what they call exists, is pinned, and gets no more rights than it needs. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "deno-std/yaml/parse.js";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { TARGETS } from "../../tools/compile_arguments.ts";
import { archiveName, executablePath } from "../../tools/release/archives.ts";
import { REPOSITORY } from "../../tools/repository.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly steps: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly needs?: string | readonly string[];
  readonly strategy?: {
    readonly matrix: { readonly include?: readonly Readonly<Record<string, string>>[] };
  };
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = join(REPOSITORY, ".github/workflows");

async function workflow(name: string): Promise<Workflow> {
  return parse(await Deno.readTextFile(join(FOLDER, name))) as Workflow;
}

const names = (await Array.fromAsync(Deno.readDir(FOLDER))).map(({ name }) => name).sort();
const workflows = await Promise.all(
  names.map(async (file) => ({ ...await workflow(file), file })),
);
const jobs = workflows.flatMap(({ file, jobs }) =>
  Object.entries(jobs).map(([job, definition]) => ({ where: `${file} ${job}`, ...definition }))
);
const steps = jobs.flatMap(({ where, steps }) => steps.map((step) => ({ where, ...step })));

/** The commands of a step, with its continuation lines joined. */
const commands = steps.flatMap(({ where, run = "" }) => run === "" ? [] : [{ where, run }]);

/** What may write, and why, by job: everything else only reads the sources. */
const RIGHTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "release.yml publish": { contents: "write", attestations: "write", "id-token": "write" },
};

Deno.test("workflows: nothing may write but what publishes a release", () => {
  assertEquals(names, ["ci.yml", "release.yml"]);
  for (const { file, permissions } of workflows) {
    assertEquals(permissions, { contents: "read" }, file);
  }
  for (const { where, permissions } of jobs) assertEquals(permissions, RIGHTS[where], where);
});

Deno.test("workflows: every action has a version, and no checkout leaves credentials behind", () => {
  const used = steps.flatMap(({ where, uses, with: parameters }) =>
    uses === undefined ? [] : [{ where, uses, parameters }]
  );
  assert(used.length > 10);
  for (const { where, uses, parameters } of used) {
    assertMatch(uses, /^(actions|denoland)\/[\w-]+@(v\d+(\.\d+)*|[0-9a-f]{40})$/, where);
    if (uses.startsWith("actions/checkout@")) {
      assertEquals(parameters?.["persist-credentials"], false, where);
    }
    if (uses.startsWith("denoland/setup-deno@")) {
      assertEquals(parameters?.["deno-version"], `v${Deno.version.deno}`, where);
    }
  }
});

Deno.test("workflows: every job ends by itself, and every one that is needed exists", () => {
  for (const { where, "timeout-minutes": limit } of jobs) assert(limit! <= 60, where);
  for (const { file, jobs } of workflows) {
    for (const { needs = [] } of Object.values(jobs)) {
      for (const job of [needs].flat()) assert(job in jobs, `${file} ${job}`);
    }
  }
});

Deno.test("workflows: every task and file that a command names exists", async () => {
  const tasks = commands.flatMap(({ where, run }) =>
    [...run.matchAll(/\bdeno task ([\w:-]+)/g)].map(([, task]) => ({ where, task: task! }))
  );
  assert(tasks.length >= 4);
  for (const { where, task } of tasks) assert(task in config.tasks, `${where}: deno task ${task}`);
  const files = commands.flatMap(({ run }) =>
    [...run.matchAll(/(?<![\w/.-])((?:tools|packaging|\.ci)\/[\w./-]+)/g)].map(([, path]) => path!)
  );
  assert(files.includes("tools/smoke.ts") && files.includes("packaging/Dockerfile"));
  for (const path of files) await Deno.stat(join(REPOSITORY, path));
});

Deno.test("workflows: npm installs files, and no repository whose name looks like their path", () => {
  const installed = commands.flatMap(({ run }) =>
    [...run.matchAll(/npm install .*?(\S+\.tgz)/g)].map(([, path]) => path!)
  );
  assertEquals(installed, ["./release/*.tgz"]);
});

Deno.test("workflows: no command contains a value that the author of a tag or branch chooses", () => {
  for (const { where, run } of commands) {
    for (const [expression] of run.matchAll(/\$\{\{[^}]*\}\}/g)) {
      assertMatch(expression, /^\$\{\{ matrix\.\w+ \}\}$/, where);
    }
  }
});

Deno.test("workflows: a release tests the executable of every system before it is published", async () => {
  const { jobs } = await workflow("release.yml");
  const tested = jobs.smoke!.strategy!.matrix.include!;
  assertEquals(
    tested.map(({ target, executable }) => [target, executable]).sort(),
    TARGETS.map((target) => [target, executablePath(target)]).sort(),
  );
  const unpacking = jobs.smoke!.steps.map(({ run = "" }) => run).join("\n");
  for (const target of TARGETS) {
    const [, extension] = /(\.zip|\.tar\.gz)$/.exec(archiveName(target))!;
    assert(unpacking.includes(`hubbub-\${{ matrix.target }}${extension}`), target);
  }
  assertEquals([...jobs.publish!.needs as string[]].sort(), ["image", "npm", "reproduce", "smoke"]);
  const publishing = jobs.publish!.steps.map(({ uses, run }) => uses ?? run!);
  const order = ["sha256sum --check", "actions/attest-build-provenance@", "gh release create"]
    .map((start) => publishing.findIndex((step) => step.startsWith(start)));
  assertEquals(order.every((place, index) => place > (order[index - 1] ?? -1)), true, `${order}`);
});

Deno.test("workflows: a release is made again, by the same commands in another folder", async () => {
  const { jobs } = await workflow("release.yml");
  const made = (job: string) =>
    jobs[job]!.steps.flatMap(({ run = "" }) =>
      /deno task (compile:all|package)/.test(run) ? [run] : []
    );
  assertEquals(made("build").length, 2);
  assertEquals(made("reproduce"), made("build"));
  const [checkout] = jobs.reproduce!.steps;
  assertEquals(checkout!.with?.path, "another folder/clone");
  const check = jobs.reproduce!.steps.at(-1)!.run!;
  assertMatch(check, /^sha256sum --check --strict ".*\/another folder\/clone\/dist\/release\//);
});
