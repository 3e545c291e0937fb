import type { Chart, ChartSeries } from "./report.ts";
import { escapeMarkup, lineClass, placeOn, svgChart } from "./svg_chart.ts";

/** Maximum number of points of a line: a pixel each on a large screen. */
const MAX_POINTS = 1200;

/**
 * A chart with its caption, its legend and its figures as a table, from which the script of the page reads
 * what it shows beside the pointer.
 *
 * @returns an empty string without values over 0.
 */
export function chartFigure(chart: Chart): string {
  const shown = { ...chart, series: chart.series.map(thinned) };
  const svg = svgChart(shown);
  if (svg === "") return "";
  const legend = shown.series.length < 2
    ? ""
    : `<p class="legend">${
      shown.series.map((line, index) =>
        `<span><svg aria-hidden="true" viewBox="0 0 30 8"><path class="${
          lineClass(line, index)
        }" ` +
        `d="M1 4h28"/></svg>${escapeMarkup(line.name)}</span>`
      ).join("")
    }</p>`;
  return `<figure><figcaption>${escapeMarkup(shown.title)}</figcaption>${legend}${svg}` +
    `<details><summary>Figures</summary>${figuresTable(shown)}</details></figure>`;
}

/** A row for each position; `data-x` is its place in the plot. */
function figuresTable(chart: Chart): string {
  const { series, at, format, horizontal } = chart;
  const x = placeOn(chart);
  // Seconds of several runs end at slightly different times: those with the same text are one row.
  const rows = new Map<string, { x: number; cells: string[] }>();
  series.forEach(({ points }, column) => {
    for (const [position, value] of points) {
      const text = at(position);
      const row = rows.get(text) ?? { x: x(position), cells: [] };
      if (value !== null) row.cells[column] = format(value);
      rows.set(text, row);
    }
  });
  const head = [horizontal, ...series.map(({ name }) => name)]
    .map((title) => `<th scope="col">${escapeMarkup(title)}`).join("");
  const body = [...rows].toSorted(([, one], [, other]) => one.x - other.x).map(([text, row]) =>
    `<tr data-x="${Math.round(row.x * 10) / 10}"><th scope="row">${escapeMarkup(text)}` +
    series.map((_, column) => `<td>${escapeMarkup(row.cells[column] ?? "–")}`).join("")
  );
  return `<div class="scrolls" tabindex="0"><table><thead><tr>${head}</thead><tbody>${
    body.join("\n")
  }</tbody></table></div>`;
}

/**
 * A line with no more than {@link MAX_POINTS} points: of each group of neighbours the lowest and the highest
 * are left, so that no peak is lost.
 */
function thinned(line: ChartSeries): ChartSeries {
  const size = Math.ceil(line.points.length / MAX_POINTS) * 2;
  if (line.points.length <= MAX_POINTS) return line;
  const groups = Array.from(
    { length: Math.ceil(line.points.length / size) },
    (_, index) => line.points.slice(index * size, (index + 1) * size),
  );
  return {
    ...line,
    points: groups.flatMap((group) => {
      const known = group.filter(([, value]) => value !== null);
      if (known.length === 0) return group.slice(0, 1);
      const ascending = known.toSorted(([, one], [, other]) => one! - other!);
      return [...new Set([ascending[0]!, ascending.at(-1)!])].toSorted(([a], [b]) => a - b);
    }),
  };
}
