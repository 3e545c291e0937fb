import { compact } from "../../bench/format.ts";
import { escapeMarkup } from "../../bench/reports/svg_chart.ts";

/** A bar: a server under the load of all. */
export interface PeerBar {
  /** With its version. */
  readonly name: string;
  /** Deliveries per second. */
  readonly rate: number;
  /** To the rate of the first bar. */
  readonly ratio: string;
  /** It was the slowest part: its rate is not that of the load tester. */
  readonly isLimit: boolean;
}

const WIDTH = 760;
/** Room for the names, and behind the longest bar for its texts. */
const NAMES = 170;
const TEXTS = 215;
const ROW = 30;
const TOP = 56;
const LINE = 18;

/**
 * Servers under the same load as bars. A hatched bar is a server that may do more: the load tester was
 * busier.
 *
 * @param caption lines below the bars: date, machine, versions and the command.
 */
export function peersPicture(bars: readonly PeerBar[], caption: readonly string[]): string {
  const highest = Math.max(...bars.map(({ rate }) => rate));
  const rows = bars.map(({ name, rate, ratio, isLimit }, index) => {
    const y = TOP + index * ROW;
    const length = Math.max(rate / highest * (WIDTH - NAMES - TEXTS), 1).toFixed(1);
    const more = isLimit ? "" : ", may do more";
    return `<text class="name" x="${NAMES - 10}" y="${y + 15}">${escapeMarkup(name)}</text>` +
      `<rect class="${isLimit ? "bar" : "bar more"}" x="${NAMES}" y="${y}" width="${length}" ` +
      `height="20" rx="3"/>` +
      `<text x="${NAMES + Number(length) + 8}" y="${y + 15}">${compact(rate)}/s` +
      `<tspan class="soft"> × ${escapeMarkup(ratio)}${more}</tspan></text>`;
  });
  const bottom = TOP + bars.length * ROW + 14;
  const lines = caption.map((line, index) =>
    `<text class="soft" x="16" y="${bottom + index * LINE}">${escapeMarkup(line)}</text>`
  );
  const height = bottom + caption.length * LINE;
  const title = "The same broadcast: deliveries per second";
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `width="${WIDTH}" height="${height}" role="img" aria-label="${title}">${STYLE}` +
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="9"/>` +
    `<text class="title" x="16" y="32">${title}</text>` +
    [...rows, ...lines].join("\n") + "</svg>\n";
}

/** Light or dark, as the page around it. */
const STYLE = `<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" ` +
  `patternTransform="rotate(45)"><path class="stripe" d="M0 0v6" stroke-width="5"/></pattern></defs>` +
  `<style>text{font:13px system-ui,"DejaVu Sans",sans-serif;fill:#1c2128}` +
  `.title{font-size:16px;font-weight:600}.name{text-anchor:end}.paper{fill:#f6f8fa}` +
  `.soft{fill:#59636e;font-size:12px}.bar{fill:#2554c7}` +
  `.bar.more{fill:url(#hatch);stroke:#2554c7}.stripe{stroke:#2554c7}` +
  `@media(prefers-color-scheme:dark){text{fill:#e6e9ee}.paper{fill:#14171c}.soft{fill:#9da7b3}` +
  `.bar{fill:#8fa8ff}.bar.more{stroke:#8fa8ff}.stripe{stroke:#8fa8ff}}</style>`;
