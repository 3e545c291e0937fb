const BARS = "▁▂▃▄▅▆▇█";

/**
 * Numbers as a row of little bars, the highest of them as high as a character. Below 0 counts as 0;
 * where there is no number there is no bar.
 */
export function sparkline(values: readonly (number | null)[]): string {
  const highest = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
  return values.map((value) => {
    if (value === null) return " ";
    const part = Math.max(value, 0) / highest;
    return BARS[Math.min(Math.floor(part * BARS.length), BARS.length - 1)];
  }).join("");
}
