import type { Chart, ChartSeries } from "./report.ts";

/** Size of the plot in its own units. The page stretches it to its place. */
const UNITS = 1000;
/** Margin of the plot for lines at its edges, in units. The script of the page has the same number. */
const EDGE = 10;
/** Steps of the vertical axis, about. */
const STEPS = 4;

/** Smallest widths of a plot, in pixels: on a telephone of 360 pixels, and in a window of 600. */
const NARROW = 250;
const WIDE = 470;
/** Width of a character of a mark, and the space between two marks, in pixels. */
const CHARACTER = 7;
const GAP = 10;

/** Line styles and colours that the page has. */
export const LINE_COLORS = 8;
const LINE_DASHES = 3;

/**
 * A chart as SVG, to be put into a page. The lines are stretched to the size that the page gives it, and
 * the texts are not: they are as large as those around it at any width. It has no colours of its own: the
 * lines have the classes `line-0`, `line-1` and so on, and `dash-0` and so on; axes and texts have `axis`.
 *
 * @returns an empty string without values over 0.
 */
export function svgChart(chart: Chart): string {
  const { title, series, format } = chart;
  const highest = series.flatMap(({ points }) => points.map(([, value]) => value ?? 0))
    .reduce((most, value) => Math.max(most, value), 0);
  if (!(highest > 0)) return "";
  const step = roundStep(highest / STEPS);
  const top = Math.ceil(highest / step) * step;
  const x = placeOn(chart);
  const y = (value: number) => UNITS - value / top * UNITS;
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => {
    const at = percent(y(index * step));
    return `<line class="grid" x2="100%" y1="${at}" y2="${at}"/>` +
      `<text class="axis end" y="${at}" dx="-8" dy=".32em">${
        escapeMarkup(format(index * step))
      }</text>`;
  });
  const marks = marksThatFit(chart, x).map(([at, text, width]) =>
    `<text class="axis mark ${width}" x="${percent(at)}" y="100%" dy="1.6em">` +
    `${escapeMarkup(text)}</text>`
  );
  const titles = `<text class="axis title" y="0" dy="-1em">${escapeMarkup(chart.vertical)}</text>` +
    `<text class="axis title end" x="100%" y="100%" dy="3.200em">` +
    `${escapeMarkup(chart.horizontal)}</text>`;
  const lines = series.map((line, index) =>
    `<path class="${lineClass(line, index)}" d="${pathOf(line, x, y)}"/>`
  );
  const points = (chart.marked ?? []).map(({ position, value, text }) => {
    const [left, above] = [percent(x(position)), percent(y(value))];
    // Within the plot, on either half of it.
    const side = x(position) < UNITS / 2 ? `dx="4"` : `class="end" dx="-8"`;
    return `<g class="point"><circle cx="${left}" cy="${above}" r="4"/>` +
      `<text x="${left}" y="${above}" ${side} dy="-.6em">${escapeMarkup(text)}</text></g>`;
  });
  const box = `x="-1%" y="-1%" width="102%" height="102%" preserveAspectRatio="none" ` +
    `viewBox="${-EDGE} ${-EDGE} ${UNITS + 2 * EDGE} ${UNITS + 2 * EDGE}"`;
  return `<svg class="chart" role="img" aria-label="${escapeMarkup(title)}">` +
    [...grid, ...marks, titles].join("") +
    `<svg class="lines" ${box}>${lines.join("")}</svg>${points.join("")}</svg>`;
}

/** The classes of a line and of its sample in the legend. */
export function lineClass({ color, dash }: ChartSeries, index: number): string {
  return `line line-${(color ?? index) % LINE_COLORS} dash-${(dash ?? index) % LINE_DASHES}`;
}

/** Where the positions of a chart are in its plot, from 0 to {@link UNITS}. */
export function placeOn({ series }: Pick<Chart, "series">): (position: number) => number {
  let [first, last] = [Infinity, -Infinity];
  for (const { points } of series) {
    first = Math.min(first, points[0]?.[0] ?? Infinity);
    last = Math.max(last, points.at(-1)?.[0] ?? -Infinity);
  }
  return (position) => last <= first ? UNITS / 2 : (position - first) / (last - first) * UNITS;
}

type FittingMark = readonly [at: number, text: string, width: "any" | "wide"];

/** The marks that have room for their texts, from the right; `wide` ones only in a wide window. */
function marksThatFit({ marks }: Chart, x: (position: number) => number): FittingMark[] {
  const fitting = (all: readonly (readonly [number, string])[], pixels: number) => {
    let free = Infinity;
    return all.toReversed().filter(([at, text]) => {
      const [center, half] = [at / UNITS * pixels, text.length * CHARACTER / 2];
      if (center + half > free) return false;
      free = center - half - GAP;
      return true;
    }).reverse();
  };
  const wide = fitting(marks.map(([position, text]) => [x(position), text]), WIDE);
  const narrow = new Set(fitting(wide, NARROW));
  return wide.map((mark) => [...mark, narrow.has(mark) ? "any" : "wide"]);
}

/** The round number at or over a value: 1, 2 or 5 with zeros. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((factor) => factor * power >= value)! * power;
}

/** A path through the values; a value between two gaps is a dot. */
function pathOf(
  { points }: ChartSeries,
  x: (position: number) => number,
  y: (value: number) => number,
): string {
  let isDrawing = false;
  return points.map(([position, value]) => {
    if (value === null) {
      isDrawing = false;
      return "";
    }
    const point = `${short(x(position))} ${short(y(value))}`;
    const command = isDrawing ? `L${point}` : `M${point}h.1`;
    isDrawing = true;
    return command;
  }).join("");
}

function percent(units: number): string {
  return `${short(units / UNITS * 100)}%`;
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for HTML and SVG, between tags and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}
