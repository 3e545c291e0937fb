import { eventually } from "./eventually.ts";

/** The value of a metric without labels, as a server on this machine tells it. */
export async function readMetric(port: number, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const line = (await response.text()).split("\n").find((line) => line.startsWith(`${name} `));
  if (line === undefined) throw new Error(`There is no metric ${name}.`);
  return Number(line.slice(name.length + 1));
}

/** Waits until a metric has a value. */
export function untilMetric(port: number, name: string, expected: number): Promise<void> {
  return eventually(async () => await readMetric(port, name) === expected, `${name} ${expected}`);
}
