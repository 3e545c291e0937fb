import { openPage } from "../../tests/support/browser.ts";
import { runProgram } from "../../tests/support/program.ts";
import { withEmptyFolder } from "../repository.ts";
import { PictureTerminal } from "./terminal.ts";

/** A load that a laptop holds, so that the picture shows the server and not the load tester. */
const LOAD = ["broadcast", "-c", "64", "-s", "8", "-R", "500"];

/** Seconds that the live view shows when its picture is taken, and those of the report. */
const LIVE_SECONDS = 12;
const REPORT_SECONDS = 20;

/** A load test while it runs. */
export async function livePictures(): Promise<Record<string, string>> {
  await using terminal = await PictureTerminal.start(124, 5);
  await terminal.line(`hubbub bench ${LOAD.join(" ")} -d 60`);
  // A bar for each second of the rate, and of the 99th percentile.
  await terminal.until(new RegExp(`[▁-█]{${LIVE_SECONDS}} .* ms [▁-█ ]{${LIVE_SECONDS}}`));
  const picture = await terminal.picture("hubbub bench, while it runs");
  await terminal.press("C-c");
  await terminal.until(/^\$ $/m);
  return { "bench-live.svg": picture };
}

/** What happens to client 129. */
export async function backlogPictures(): Promise<Record<string, string>> {
  await using terminal = await PictureTerminal.start(84, 24);
  await terminal.line("hubbub bench backlog");
  await terminal.until(/Users see[^]*^\$ $/m);
  return { "backlog.svg": await terminal.picture("hubbub bench backlog") };
}

/** The upper part of a report's page. */
export function reportPictures(): Promise<Record<string, Uint8Array>> {
  return withEmptyFolder(async (folder) => {
    const html = `${folder}/report.html`;
    const run = await runProgram(
      ["bench", ...LOAD, "-d", `${REPORT_SECONDS}`, "--html", html],
    );
    if (run.code !== 0) throw new Error(`Cannot make the report: ${run.stdout}${run.stderr}`);
    await using opened = await openPage(new URL(`file://${html}`).href, {
      viewport: { width: 720, height: 1120 },
      deviceScaleFactor: 1.5,
    });
    const { page } = opened;
    const chart = (await page.locator(".chart").nth(1).boundingBox())!;
    await page.mouse.move(chart.x + 0.6 * chart.width, chart.y + 40);
    return { "report.png": await page.screenshot() };
  });
}
