import { assertEquals, assertRejects } from "@std/assert";
import { prepareReports } from "../../cli/bench_reports.ts";
import { CliError } from "../../cli/exit.ts";

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
