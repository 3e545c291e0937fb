import type { Chart } from "./report.ts";

const WIDTH = 720;
const HEIGHT = 260;
const LEFT = 104;
/** Room for half of the text of the last mark. */
const RIGHT = 28;
const TOP = 12;
const BOTTOM = 48;
/** Baseline of the marks, and distance of the titles from the edge. */
const MARKS = HEIGHT - BOTTOM + 20;
const TITLES = 6;
/** Steps of the vertical axis, about. */
const STEPS = 4;

/**
 * A chart as SVG, to be put into a page. It has no colours of its own: the lines have the classes
 * `line-0`, `line-1` and so on, and axes and texts `axis`.
 *
 * @returns an empty string without values over 0.
 */
export function svgChart(chart: Chart): string {
  const { title, positions, marks, series, format } = chart;
  const highest = Math.max(...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  if (positions.length === 0 || !(highest > 0)) return "";
  const step = roundStep(highest / STEPS);
  const top = Math.ceil(highest / step) * step;
  const [first, last] = [positions[0]!, positions.at(-1)!];
  const x = (position: number) =>
    LEFT + (last === first ? 0.5 : (position - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => {
    const at = y(index * step).toFixed(1);
    return `<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>` +
      `<text class="axis" x="${LEFT - 8}" y="${at}" dy="0.32em" text-anchor="end">` +
      `${escapeMarkup(format(index * step))}</text>`;
  });
  const ticks = marks.map(([position, text]) =>
    `<text class="axis" x="${x(position).toFixed(1)}" y="${MARKS}" text-anchor="middle">` +
    `${escapeMarkup(text)}</text>`
  );
  const [middle, height] = [(LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2];
  const titles = `<text class="axis" x="${middle}" y="${HEIGHT - TITLES}" text-anchor="middle">` +
    `${escapeMarkup(chart.horizontal)}</text>` +
    `<text class="axis" transform="translate(${2 * TITLES} ${height}) rotate(-90)" ` +
    `text-anchor="middle">${escapeMarkup(chart.vertical)}</text>`;
  const lines = series.map(({ values }, index) =>
    `<path class="line line-${index}" d="${pathOf(positions, values, x, y)}"/>`
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeMarkup(title)}">` +
    [...grid, ...ticks, titles, ...lines].join("") + "</svg>";
}

/** The round number at or over a value: 1, 2 or 5 with zeros. */
function roundStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((factor) => factor * power >= value)! * power;
}

/** A path through the values; a value between two gaps is a dot. */
function pathOf(
  positions: readonly number[],
  values: readonly (number | null)[],
  x: (position: number) => number,
  y: (value: number) => number,
): string {
  let isDrawing = false;
  return positions.map((position, index) => {
    const value = values[index] ?? null;
    if (value === null) {
      isDrawing = false;
      return "";
    }
    const point = `${x(position).toFixed(1)} ${y(value).toFixed(1)}`;
    const command = isDrawing ? `L${point}` : `M${point}h0.01`;
    isDrawing = true;
    return command;
  }).join("");
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
