/** The load tester's page, as a browser shows it. */

import { assert, assertEquals } from "@std/assert";
import { browserTest, openPage } from "../support/browser.ts";
import { startProgram } from "../support/program.ts";
import { sampleOf } from "../support/thorough.ts";

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
      ["Latency by percentile", "Latency over time", "Deliveries per second"],
    );
    for (const chart of await page.locator("svg").all()) {
      assert((await chart.boundingBox())!.height > 100);
    }
    const ledger = await page.locator("tr", { hasText: "Count" }).locator("td").allTextContents();
    const { expected, received, lost } = result.deliveries;
    const shownCounts = [result.messages, expected, received, lost].map((count) =>
      count.toLocaleString("en")
    );
    assertEquals(ledger.slice(0, 4), shownCounts);
    assertEquals(errors, []);
    assertEquals(requests.length, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Words in the tables of a terminal, which breaks wide cells into lines. */
function wordsOf(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("│"))
    .flatMap((line) => line.split(/[│\s]+/).filter((word) => word !== ""));
}

/** Words that are missing among others, each once per missing occurrence. */
function missingIn(others: readonly string[], words: readonly string[]): string[] {
  const left = [...others];
  return words.filter((word) => {
    const index = left.indexOf(word);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

const OVER_TIME = ["Latency over time", "Deliveries per second"];

const SERVER_CHARTS = [
  "Server: resident memory",
  "Server: CPU, of one core",
  "Server: open descriptors",
  "Server: accept queue",
];

for (
  const [parameters, charts] of sampleOf(
    [
      [["connect", "-c", "20"], ["Time to join by percentile"]],
      [["codec", "-d", "10ms"], []],
      [["backlog", "-c", "140", "--hold", "100ms"], ["Clients connected over time"]],
      [["churn", "-c", "4", "-s", "2", "-d", "1"], [
        "Latency by percentile",
        "Time to join by percentile",
        ...OVER_TIME,
      ]],
      [["restart", "-c", "4", "-s", "2", "-d", "300ms", "--down", "100ms"], [
        "Connections back over time",
        "Latency by percentile",
      ]],
      [["rooms", "--rooms", "3", "-c", "6", "-d", "500ms"], [
        "Latency by percentile",
        ...OVER_TIME,
      ]],
      [["rounds", "--sizes", "1,4,8", "-d", "100ms"], ["Time of a round over receivers"]],
      [["stall", "-c", "4", "-s", "2", "--stalled", "1", "-d", "1"], [
        "Latency of the readers by percentile",
        ...OVER_TIME,
      ]],
      [
        ["echo", "--find-limit", "lost=0", "--find-to", "400", "-d", "300ms", "-c", "2"],
        ["Latency over messages per second"],
      ],
    ] as const,
    2,
  )
) {
  browserTest(`the page of ${parameters[0]} has what the terminal shows`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const html = `${folder}/run.html`;
      await using bench = startProgram(["bench", ...parameters, "--html", html]);
      const printed = await bench.stdout.all();
      assertEquals(await bench.exit, 0, printed + await bench.stderr.all());
      await using shown = await openPage(new URL(`file://${html}`).href);
      const { page, errors, requests } = shown;
      const titles = await page.locator("figcaption").allTextContents();
      // Only where the server's process was sampled: on Linux, in a run that is long enough. The queue has
      // a chart only if clients waited in it.
      const ofServer = titles.filter((title) => title.startsWith("Server: "));
      assert([0, 3, 4].includes(ofServer.length), titles.join());
      assertEquals(ofServer, SERVER_CHARTS.slice(0, ofServer.length));
      assertEquals(titles, [...charts, ...ofServer]);
      const cells = await page.locator("th, td").allTextContents();
      const shownWords = cells.flatMap((cell) => cell.split(/\s+/));
      // The terminal omits columns that do not fit.
      assertEquals(missingIn(shownWords, wordsOf(printed)), []);
      assert(wordsOf(printed).length > 0);
      const command = await page.locator("pre").textContent();
      assert(command!.startsWith(`hubbub bench ${parameters[0]} `), command!);
      assertEquals([errors, requests.length], [[], 1]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
