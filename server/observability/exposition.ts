/**
 * The text format in which Prometheus reads metrics, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @module
 */

import { DELAY_BOUNDS, type DelayHistogram } from "./delay_histogram.ts";

/** Names of labels and their values. */
type Labels = Readonly<Record<string, string>>;

/** Collects metrics into one text. */
export class Exposition {
  #text = "";

  /** All of it, with a line end at the end, as the format wants it. */
  get text(): string {
    return this.#text;
  }

  /** Something that only grows. Its name ends in `_total`. */
  counter(name: string, help: string, value: number): this {
    return this.#metric(name, "counter", help).#sample(name, {}, value);
  }

  /** Something that goes up and down. */
  gauge(name: string, help: string, value: number, labels: Labels = {}): this {
    return this.#metric(name, "gauge", help).#sample(name, labels, value);
  }

  /** A counter or a gauge for each value of a label. */
  byLabel(
    type: "counter" | "gauge",
    name: string,
    help: string,
    label: string,
    values: Readonly<Record<string, number | undefined>>,
  ): this {
    this.#metric(name, type, help);
    for (const [key, value] of Object.entries(values)) {
      if (value !== undefined) this.#sample(name, { [label]: key }, value);
    }
    return this;
  }

  histogram(name: string, help: string, { buckets, count, sum }: DelayHistogram): this {
    this.#metric(name, "histogram", help);
    let total = 0;
    for (const [index, bound] of DELAY_BOUNDS.entries()) {
      total += buckets[index]!;
      this.#sample(`${name}_bucket`, { le: String(bound) }, total);
    }
    this.#sample(`${name}_bucket`, { le: "+Inf" }, count);
    return this.#sample(`${name}_sum`, {}, sum).#sample(`${name}_count`, {}, count);
  }

  #metric(name: string, type: string, help: string): this {
    const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    this.#text += `# HELP ${name} ${escaped}\n# TYPE ${name} ${type}\n`;
    return this;
  }

  #sample(name: string, labels: Labels, value: number): this {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    this.#text += `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
    return this;
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
