import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { trafficReport } from "../../bench/mod.ts";
import { prepareReports, writeReports } from "../../cli/bench_reports.ts";
import { CliError } from "../../cli/exit.ts";
import { withEmptyFolder } from "../../tools/repository.ts";
import { PASSED } from "../bench/sample_result.ts";
import { fillDisk, freeDisk, onSmallDisk } from "../support/small_disk.ts";

Deno.test("bench reports: the check before a run changes no file and makes none", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-reports-" });
  try {
    const old = `${folder}/old.html`;
    await Deno.writeTextFile(old, "report");
    await prepareReports({ html: old, csv: `${folder}/new.csv` });
    assertEquals(await Deno.readTextFile(old), "report");
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(names.includes("new.csv"), false);
    const { message } = await assertRejects(
      () => prepareReports({ csv: folder }),
      CliError,
    ) as Error;
    assertEquals(message, `Cannot write the report to ${folder}: it is a folder.`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const REPORT = trafficReport(PASSED);

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("bench reports: an older report is replaced, with its permissions, and nothing is left beside it", () =>
  withEmptyFolder(async (folder) => {
    const html = `${folder}/run.html`;
    await Deno.writeTextFile(html, "old".repeat(100_000));
    if (Deno.build.os !== "windows") await Deno.chmod(html, 0o600);
    await writeReports({ html }, REPORT);
    assertMatch(await Deno.readTextFile(html), /^<!doctype html>[^]*<\/html>\n$/);
    if (Deno.build.os !== "windows") assertEquals((await Deno.stat(html)).mode! & 0o777, 0o600);
    assertEquals(namesIn(folder), ["run.html"]);
  }));

Deno.test({
  name: "bench reports: a link stays one, also to a file that is not there yet",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withEmptyFolder(async (folder) => {
      const html = `${folder}/link.html`;
      await Deno.symlink(`${folder}/run.html`, html);
      for (let time = 0; time < 2; time++) {
        await prepareReports({ html });
        await writeReports({ html }, REPORT);
        assert((await Deno.lstat(html)).isSymlink);
        assertMatch(await Deno.readTextFile(`${folder}/run.html`), /<\/html>\n$/);
      }
      assertEquals(namesIn(folder), ["link.html", "run.html"]);
    }),
});

Deno.test({
  name: "bench reports: links to links, and links in a circle",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withEmptyFolder(async (folder) => {
      await Deno.mkdir(`${folder}/deep/er`, { recursive: true });
      await Deno.symlink("deep/er", `${folder}/short`);
      // Relative to the folder behind the link: deep/run.html.
      await Deno.symlink("../run.html", `${folder}/short/second.html`);
      await Deno.symlink("short/second.html", `${folder}/first.html`);
      await writeReports({ html: `${folder}/first.html` }, REPORT);
      assertMatch(await Deno.readTextFile(`${folder}/deep/run.html`), /<\/html>\n$/);
      await Deno.symlink("circle.html", `${folder}/circle.html`);
      await assertRejects(
        () => prepareReports({ html: `${folder}/circle.html` }),
        CliError,
        "its links lead back to themselves.",
      );
    }),
});

Deno.test({
  name: "bench reports: on a full disk the older report stays as it was",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    onSmallDisk(async (disk) => {
      const html = `${disk}/run.html`;
      await Deno.writeTextFile(html, "an older report");
      fillDisk(disk);
      const error = await assertRejects(() => writeReports({ html }, REPORT), CliError) as CliError;
      assertMatch(error.message, /^Cannot write the report to .*: .*(space|full)/);
      assertEquals(error.exitCode, 1);
      assertEquals(await Deno.readTextFile(html), "an older report");
      freeDisk(disk);
      assertEquals(namesIn(disk), ["run.html"]);
    }),
});
