/** `hubbub bench report` with files that `--json` has written, and with others. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { report } from "../../cli/bench_report.ts";
import { CliError } from "../../cli/exit.ts";
import { BENCH_REPORT } from "../../cli/options/bench.ts";
import { Settings } from "../../cli/options/settings.ts";
import { IS_OTHER_PROGRAM, isFromSources, runProgram } from "../support/program.ts";
import { sampleOf } from "../support/thorough.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

/** Deno opens no files of the kernel. */
const isKept = isFromSources("bench report: only Deno refuses files of the system");

/** Writes the output of a run of the load tester. */
async function keep(path: string, ...parameters: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(["bench", ...parameters, "--json"]);
  assertEquals(code, 0, stderr);
  await Deno.writeTextFile(path, stdout);
  return stdout;
}

const CODEC = ["codec", "-d", "10ms"];

const SCENARIOS: readonly (readonly [string, readonly string[]])[] = [
  ["Deliveries/s", ["broadcast", "-c", "4", "-s", "1", "-a", "200", "--repeat", "2"]],
  ["Messages/s", [
    "echo",
    "--find-limit",
    "lost=0",
    "--find-to",
    "200",
    "-d",
    "100ms",
    "-c",
    "2",
  ]],
  ["Replies/s", ["echo", "-c", "2", "-a", "100"]],
  ["Joined", ["connect", "-c", "10"]],
  ["Connected at once", ["backlog", "-c", "10", "--hold", "100ms"]],
  ["Receivers", ["rounds", "--sizes", "1,4", "-d", "100ms"]],
  ["Failed joins", ["churn", "-c", "4", "-s", "2", "-d", "1"]],
  ["In a wrong room", ["rooms", "--rooms", "2", "-c", "4", "-d", "300ms"]],
  ["Lost to readers", ["stall", "-c", "4", "-s", "2", "--stalled", "1", "-d", "300ms"]],
  ["Cut off by the kill", ["restart", "-c", "4", "-s", "2", "-d", "300ms", "--down", "100ms"]],
  ["text, encode", CODEC],
];

for (const [column, parameters] of sampleOf(SCENARIOS, 2)) {
  Deno.test(`bench report: runs of ${parameters.slice(0, 2).join(" ")} as a table, and as a page`, () =>
    withEmptyFolder(async (folder) => {
      const [one, other, html] = ["one.json", "other.json", "page.html"].map((name) =>
        `${folder}/${name}`
      );
      const text = await keep(one!, ...parameters);
      // PowerShell writes UTF-16.
      const utf16 = new Uint16Array([0xfeff, ...Array.from(text, (sign) => sign.charCodeAt(0))]);
      await Deno.writeFile(other!, new Uint8Array(utf16.buffer));
      const { code, stdout, stderr } = await runProgram(
        ["bench", "report", one!, other!, "--html", html!],
      );
      assertEquals([code, stderr], [0, ""]);
      assertMatch(stdout, /^│ one +│.*passed/m);
      assertMatch(stdout, /^│ other +│.*passed/m);
      const page = await Deno.readTextFile(html!);
      assertStringIncludes(page, `<th scope="col">${column}</th>`);
      const command = `hubbub bench ${parameters[0]} `;
      assertEquals(page.split(`<td>${command}`).length, 3, "the commands of both runs");
      assertEquals([...Deno.readDirSync(folder)].length, 3, "no other file is left");
    }));
}

Deno.test("bench report: the last line of --live-json is a run", () =>
  withEmptyFolder(async (folder) => {
    const { stdout, code } = await runProgram(
      ["bench", "broadcast", "-c", "4", "-s", "1", "-d", "300ms", "--live-json"],
    );
    assertEquals(code, 0);
    assert(stdout.startsWith('{"type":"progress"'));
    for (const name of ["one", "two"]) await Deno.writeTextFile(`${folder}/${name}.jsonl`, stdout);
    const report = await runProgram([
      "bench",
      "report",
      `${folder}/one.jsonl`,
      `${folder}/two.jsonl`,
    ]);
    assertEquals([report.code, report.stderr], [0, ""]);
    assertMatch(report.stdout, /^│ two +│/m);
  }));

/** The exit code and the first line of what the command prints for files that it cannot use. */
async function refusal(parameters: readonly string[], isOwnProcess: boolean) {
  if (isOwnProcess) {
    const { code, stdout, stderr } = await runProgram(["bench", "report", ...parameters]);
    assertEquals(stdout, "", parameters.join(" "));
    return [code, stderr.split("\n")[0]!] as const;
  }
  const settings = new Settings(BENCH_REPORT.options, {});
  const run = async () => await report(settings, parameters);
  const error = await assertRejects(run, CliError) as CliError;
  return [error.exitCode, error.message] as const;
}

Deno.test("bench report: files and names that cannot be used are one sentence, and exit code 2", () =>
  withEmptyFolder(async (folder) => {
    const file = (name: string) => `${folder}/${name}`;
    const text = await keep(file("good.json"), ...CODEC);
    const json = JSON.parse(text);
    const { tasks: _, ...withoutTasks } = json;
    const files: Record<string, string> = {
      "copy.json": text,
      "cut.json": text.slice(0, text.length / 2),
      "empty.json": " \n",
      "list.json": "[1, 2]",
      "number.json": "7",
      "null.json": "null",
      "none.json": '{"runs": []}',
      "object.json": '{"version": "0.1.0", "scenario": "none"}',
      "old.json": JSON.stringify({ ...withoutTasks, version: "0.0.1" }),
      "damaged.json": JSON.stringify({ ...json, tasks: [{ ...json.tasks[0], task: 5 }] }),
      "text.json": "hello",
      "echo.json": JSON.stringify({ ...json, runs: [json, { ...json, scenario: "echo" }] }),
      "large.json": "",
      "control.json": JSON.stringify({ ...json, version: "\u001b[31mred", tasks: 5 }),
    };
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(file(name), content);
    }
    await Deno.truncate(file("large.json"), 70_000_000);
    await Deno.symlink(file("good.json"), file("link.json"));
    const bad = (name: string, reason: string) =>
      [[file("good.json"), file(name)], `Cannot use ${file(name)}: ${reason}`] as const;
    const advice = "Give files that bench --json has written.";
    for (
      const [parameters, sentence] of [
        [[], /^Give two or more files that bench --json has written, .*bench --html\.$/],
        [[file("good.json")], /^Give two or more files that bench --json has written, /],
        [
          Array(9).fill(file("good.json")),
          "Cannot compare 9 files: the maximum is 8. Give fewer files.",
        ],
        [
          [file("good.json"), file("good.json")],
          `${file("good.json")} is given twice: give each run once.`,
        ],
        [
          [file("good.json"), file("link.json")],
          `${file("good.json")} and ${file("link.json")} are the same file: give each run once.`,
        ],
        bad("missing.json", "there is no such file."),
        [[file("good.json"), folder], `Cannot use ${folder}: it is a folder.`],
        ...Deno.build.os !== "linux" || !isKept ? [] : [
          [
            [file("good.json"), "/proc/version"],
            "Cannot use /proc/version: it belongs to the system, as all below /proc, /sys and /dev.",
          ] as const,
        ],
        bad("cut.json", "it is cut off in the middle. Copy it again, or repeat the run."),
        bad("empty.json", `it is empty. ${advice}`),
        bad("text.json", `it is not JSON. ${advice}`),
        bad("list.json", `it has no run of the load tester. ${advice}`),
        bad("number.json", `it has no run of the load tester. ${advice}`),
        bad("null.json", `it has no run of the load tester. ${advice}`),
        bad("none.json", `it has no run of the load tester. ${advice}`),
        bad("object.json", `it has no run of the load tester. ${advice}`),
        bad("large.json", `it has more than 64 MiB. ${advice}`),
        bad(
          "old.json",
          'it is of hubbub 0.0.1: "tasks" is missing or of another type. Repeat the run with this ' +
            `version, ${json.version}.`,
        ),
        bad(
          "damaged.json",
          'it was changed or damaged: "tasks[0].task" is missing or of another type. Repeat the run.',
        ),
        bad(
          "control.json",
          'it is of hubbub [31mred: "tasks" is missing or of another type. Repeat the run with this ' +
            `version, ${json.version}.`,
        ),
        [
          [file("good.json"), file("echo.json")],
          /: it was changed or damaged: "runs\[1\]\.\w+" is missing or of another type\. Repeat the run\.$/,
        ],
        [
          [file("good.json"), file("copy.json"), "--html", `${folder}/none/x.html`],
          `Cannot write the report to ${folder}/none/x.html: there is no such folder.`,
        ],
        [
          [file("good.json"), file("copy.json"), "--html", folder],
          `Cannot write the report to ${folder}: it is a folder.`,
        ],
        [
          [file("good.json"), file("copy.json"), "--html", file("link.json")],
          `Cannot write the report to ${
            file("link.json")
          }: it is one of the files to compare. Give ` +
          "another name.",
        ],
        [[file("good.json"), file("copy.json"), "--csv", "x"], /^Unknown option "--csv"\./],
      ] as const
    ) {
      const about = parameters.join(" ");
      const isOwnProcess = IS_OTHER_PROGRAM ||
        /^$|--|missing|control|\/proc/.test(about.replaceAll(folder, ""));
      const [code, first] = await refusal(parameters, isOwnProcess);
      assertEquals(code, 2, about);
      if (typeof sentence === "string") assertEquals(first, sentence, about);
      else assertMatch(first, sentence, about);
    }
    assertEquals(await Deno.readTextFile(file("good.json")), text, "no input is changed");
    await keep(file("limit.json"), ...SCENARIOS[1]![1]);
    const mixed = await runProgram(["bench", "report", file("good.json"), file("limit.json")]);
    assertEquals(mixed.code, 2);
    assertEquals(
      mixed.stderr.trimEnd(),
      "Cannot compare these files: good has runs of codec, and limit has runs of echo --find-limit: give runs of " +
        "one scenario.",
    );
  }));
