/** The load tester's page, as a browser shows it. */

import { assert, assertEquals } from "@std/assert";
import { browserTest, openPage } from "../support/browser.ts";
import { startProgram } from "../support/program.ts";

browserTest("a run's page has its charts and the figures of --json and --csv", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [html, csv] = [`${folder}/run.html`, `${folder}/run.csv`];
    await using bench = startProgram([
      ...["bench", "broadcast", "-c", "10", "-s", "2", "-d", "2", "--json"],
      ...["--html", html, "--csv", csv],
    ]);
    const result = JSON.parse(await bench.stdout.all());
    assertEquals(await bench.exit, 0, await bench.stderr.all());
    const [, ...rows] = (await Deno.readTextFile(csv)).trim().split("\r\n");
    assertEquals(
      rows.map((row) => row.split(",").slice(0, 2).map(Number)),
      result.series.map((
        { second, deliveriesPerSecond }: { second: number; deliveriesPerSecond: number },
      ) => [second, deliveriesPerSecond]),
    );
    await using shown = await openPage(new URL(`file://${html}`).href);
    const { page, errors, requests } = shown;
    const titles = await page.locator("figcaption").allTextContents();
    assertEquals(
      titles.slice(0, 3),
      ["Latency by percentile", "Latency over time", "Deliveries a second"],
    );
    for (const chart of await page.locator("svg").all()) {
      assert((await chart.boundingBox())!.height > 100);
    }
    const ledger = await page.locator("tr", { hasText: "Count" }).locator("td").allTextContents();
    const { expected, received, lost } = result.deliveries;
    assertEquals(ledger.slice(0, 4).map(Number), [result.messages, expected, received, lost]);
    assertEquals(errors, []);
    assertEquals(requests.length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
