/** The load tester's page, as a browser shows it. */

import { assert, assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../bench/ledger/latency_histogram.ts";
import { renderHtml, trafficReport } from "../../bench/mod.ts";
import { PASSED } from "../bench/sample_result.ts";
import { barriers, browserTest, openPage } from "../support/browser.ts";
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
      [
        "How long does a delivery take?",
        "Does the latency stay constant?",
        "Does the rate stay constant?",
      ],
    );
    const tiles = await page.locator("dt").allTextContents();
    assertEquals(tiles, ["Deliveries/s", "Latency, p50", "Latency, p99", "Lost", "Verdict"]);
    for (const chart of await page.locator(".chart").all()) {
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

/** A page of a run of three seconds, without a browser's run of the load tester. */
async function withSamplePage(use: (url: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const histogram = new LatencyHistogram();
    for (let value = 1; value <= 1000; value++) histogram.record(1000 * value);
    const second = { ...PASSED.series[0]!, p50: 1000, p99: 9000, lost: 0, errors: 0 };
    const report = trafficReport({
      ...PASSED,
      latencyPercentiles: histogram.curve(),
      series: [1, 2, 3, 4, 5].map((end) => ({ ...second, second: end })),
    });
    const context = { command: "hubbub bench", date: new Date(0), machine: ["a machine"] };
    await Deno.writeTextFile(`${folder}/run.html`, renderHtml(report, context));
    await use(new URL(`file://${folder}/run.html`).href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

browserTest(
  "a report shows the figures at the pointer and at the arrow keys, and zooms",
  () =>
    withSamplePage(async (url) => {
      await using shown = await openPage(url, { viewport: { width: 800, height: 1600 } });
      const { page, errors } = shown;
      const figure = page.locator("figure").nth(1);
      const chart = figure.locator(".chart");
      const { x, y, width } = (await chart.boundingBox())!;
      const at = (part: number) => [x + part * width, y + 50] as const;
      const marks = () => figure.locator(".mark:visible, .zoomed").allTextContents();
      await page.mouse.move(...at(0.27));
      const tip = figure.getByRole("status");
      assertEquals(await tip.innerText(), "2 s\n50%: 1 ms\n99%: 9 ms");
      assertEquals(await marks(), ["1 s", "2 s", "3 s", "4 s", "5 s"]);

      const path = figure.locator(".lines path").first();
      const before = (await path.boundingBox())!.width;
      await page.mouse.move(...at(0.4));
      await page.mouse.down();
      await page.mouse.move(...at(0.9), { steps: 3 });
      await page.mouse.up();
      assertEquals(await marks(), ["3 s", "4 s", "4 s"]);
      assert((await path.boundingBox())!.width > 1.9 * before);
      await page.mouse.move(...at(0.01));
      assertEquals((await tip.innerText()).split("\n")[0], "3 s", "the left one that is shown");
      await figure.getByRole("button", { name: "Show all" }).click();
      assertEquals(await marks(), ["1 s", "2 s", "3 s", "4 s", "5 s"]);

      await chart.focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      assertEquals((await tip.innerText()).split("\n")[0], "2 s");
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowLeft");
      assertEquals((await tip.innerText()).split("\n")[0], "1 s", "no further than the first one");
      await page.locator("summary").first().focus();
      assertEquals(await tip.isVisible(), false);
      assertEquals(errors, []);
    }),
);

browserTest(
  "a report on a telephone shows the figures where it was tapped",
  () =>
    withSamplePage(async (url) => {
      const phone = { viewport: { width: 360, height: 700 }, hasTouch: true, isMobile: true };
      await using shown = await openPage(url, phone);
      const { page, errors } = shown;
      const figure = page.locator("figure").nth(1);
      await figure.locator(".chart").tap({ position: { x: 5, y: 40 } });
      await figure.locator(".tip b").waitFor();
      assertEquals(await figure.getByRole("status").innerText(), "1 s\n50%: 1 ms\n99%: 9 ms");
      assertEquals(errors, []);
    }),
);

browserTest(
  "a report without scripts has all charts and their figures",
  () =>
    withSamplePage(async (url) => {
      await using shown = await openPage(url, { javaScriptEnabled: false });
      const { page, errors } = shown;
      const figures = page.locator("figure");
      assertEquals(await figures.count(), 4);
      for (const figure of await figures.all()) {
        assert((await figure.locator(".chart").boundingBox())!.width > 300);
        assert((await figure.locator(".lines path").first().getAttribute("d"))!.startsWith("M"));
        await figure.locator("summary").click();
        assert(await figure.locator("tbody tr").first().isVisible());
      }
      assertEquals(await page.locator(".tip, .help, button").count(), 0);
      assertEquals(errors, []);
    }),
);

browserTest(
  "the policy of a report forbids other scripts and requests",
  () =>
    withSamplePage(async (url) => {
      await using shown = await openPage(url);
      const outcomes = await shown.page.evaluate(`Promise.all([
      fetch("http://127.0.0.1:9/").then(() => "worked", () => "failed"),
      new Promise((resolve) => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken'";
        document.body.append(script);
        resolve(document.title === "taken" ? "worked" : "failed");
      }),
    ])`);
      assertEquals(outcomes, ["failed", "failed"]);
    }),
);

for (
  const [width, colorScheme] of sampleOf(
    [[360, "light"], [800, "dark"], [1400, "light"], [360, "dark"]] as const,
    2,
  )
) {
  browserTest(
    `a report, ${width} pixels wide and ${colorScheme}: axe finds nothing serious`,
    () =>
      withSamplePage(async (url) => {
        const viewport = { width, height: 800 };
        await using shown = await openPage(url, { viewport, colorScheme, bypassCSP: true });
        const { page } = shown;
        await page.locator(".chart").first().hover();
        assertEquals(await barriers(page), []);
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
        // Texts of charts are as large at any width, and do not run into each other.
        const texts = page.locator(".mark:visible").filter({ hasText: /./ });
        for (const text of await texts.all()) assert((await text.boundingBox())!.height > 11);
        const boxes = await page.locator("figure").first().locator(".mark:visible").evaluateAll(
          (marks) =>
            marks.map((mark) => mark.getBoundingClientRect()).map(({ left, right }) => ({
              left,
              right,
            })),
        );
        assert(boxes.length >= 3);
        boxes.slice(1).forEach(({ left }, index) => assert(left > boxes[index]!.right));
      }),
  );
}

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

const OVER_TIME = ["Does the latency stay constant?", "Does the rate stay constant?"];

const SERVER_CHARTS = [
  "Does the server's memory grow?",
  "How busy is the server?",
  "How many descriptors does the server have open?",
  "Do connections wait to be accepted?",
];

for (
  const [parameters, charts] of sampleOf(
    [
      [["connect", "-c", "20"], ["How long does it take to join?"]],
      [["codec", "-d", "10ms"], []],
      [["backlog", "-c", "140", "--hold", "100ms"], ["When are the clients connected?"]],
      [["churn", "-c", "4", "-s", "2", "-d", "1"], [
        "Do joining clients delay the others?",
        "How long does it take to join?",
        ...OVER_TIME,
      ]],
      [["restart", "-c", "4", "-s", "2", "-d", "300ms", "--down", "100ms"], [
        "How soon do all clients reconnect?",
        "Does the restart change the latency?",
      ]],
      [["rooms", "--rooms", "3", "-c", "6", "-d", "500ms"], [
        "How long does a delivery take?",
        ...OVER_TIME,
      ]],
      [["rounds", "--sizes", "1,4,8", "-d", "100ms"], [
        "How long does a round take with more receivers?",
      ]],
      [["stall", "-c", "4", "-s", "2", "--stalled", "1", "-d", "1"], [
        "Do stalled clients delay the others?",
        ...OVER_TIME,
      ]],
      [
        ["echo", "--find-limit", "lost=0", "--find-to", "400", "-d", "300ms", "-c", "2"],
        ["At which rate does the latency rise?"],
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
      const ofServer = titles.filter((title) => SERVER_CHARTS.includes(title));
      assert([0, 3, 4].includes(ofServer.length), titles.join());
      assertEquals(ofServer, SERVER_CHARTS.slice(0, ofServer.length));
      assertEquals(titles, [...charts, ...ofServer]);
      const cells = await page.locator("section :is(th, td)").allTextContents();
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
