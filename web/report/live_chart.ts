/** Size of a plot in its own units, and the margin for lines at its edges: see bench/reports/svg_chart.ts. */
const UNITS = 1000;
const EDGE = 10;
/** Marks below a chart that is zoomed. */
const MARKS = 3;
/** Shortest distance that the pointer is dragged to zoom, in pixels. */
const DRAG = 12;

const SVG = "http://www.w3.org/2000/svg";

/** A position of a chart with its figures. */
interface Row {
  /** Place in the plot, from 0 to {@link UNITS}. */
  readonly x: number;
  /** The position, and a value for each line. */
  readonly cells: readonly string[];
}

/**
 * Adds to a chart of a report what needs a script: the figures at the pointer or at the arrow keys, and
 * zooming by dragging. The figures are those of the table below the chart.
 */
export class LiveChart {
  readonly #plot: SVGSVGElement;
  readonly #lines: SVGSVGElement;
  readonly #rows: readonly Row[];
  readonly #names: readonly string[];
  readonly #cursor = svgElement("line", { class: "cursor", y2: "100%", visibility: "hidden" });
  readonly #selection = svgElement("rect", { class: "selection", height: "100%" });
  readonly #tip = document.createElement("p");
  readonly #showAll = document.createElement("button");
  #view = { from: 0, to: UNITS };
  #shown = -1;
  /** Where dragging began, in units. */
  #start: number | undefined;

  /** @param figure with the chart and its table. */
  constructor(figure: HTMLElement) {
    this.#plot = figure.querySelector<SVGSVGElement>(".chart")!;
    this.#lines = figure.querySelector<SVGSVGElement>(".lines")!;
    this.#rows = [...figure.querySelectorAll<HTMLTableRowElement>("tbody tr")].map((row) => ({
      x: Number(row.dataset["x"]),
      cells: [...row.cells].map((cell) => cell.textContent.trim()),
    }));
    this.#names = [...figure.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    // The pointer is over the plot also where it is over no line.
    const surface = svgElement("rect", { width: "100%", height: "100%", fill: "transparent" });
    this.#plot.append(this.#cursor, this.#selection, surface);
    this.#plot.tabIndex = 0;
    this.#plot.style.touchAction = "pan-y";
    this.#tip.className = "tip";
    this.#tip.setAttribute("role", "status");
    this.#tip.hidden = true;
    this.#showAll.textContent = "Show all";
    this.#showAll.hidden = true;
    this.#showAll.onclick = () => this.#zoom(0, UNITS);
    this.#plot.after(this.#showAll);
    figure.append(this.#tip);
    this.#listen();
  }

  #listen(): void {
    const plot = this.#plot;
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      plot.setPointerCapture(event.pointerId);
      this.#start = this.#unitsAt(event);
      this.#showNearest(this.#start);
    });
    plot.addEventListener("pointermove", (event) => {
      const units = this.#unitsAt(event);
      this.#showNearest(units);
      if (this.#start !== undefined) this.#select(this.#start, units);
    });
    plot.addEventListener("pointerup", (event) => {
      const [start, end] = [this.#start, this.#unitsAt(event)];
      this.#select(0, 0);
      this.#start = undefined;
      if (start === undefined || this.#pixels(Math.abs(end - start)) < DRAG) return;
      this.#zoom(Math.min(start, end), Math.max(start, end));
    });
    plot.addEventListener("pointercancel", () => {
      this.#select(0, 0);
      this.#start = undefined;
    });
    plot.addEventListener("pointerleave", ({ pointerType }) => {
      // A finger covers the figures until it leaves.
      if (pointerType !== "touch") this.#show(-1);
    });
    plot.addEventListener("blur", () => this.#show(-1));
    plot.addEventListener("dblclick", () => this.#zoom(0, UNITS));
    plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") this.#zoom(0, UNITS);
      if (step === undefined) return;
      event.preventDefault();
      this.#show(Math.min(Math.max(this.#shown + step, 0), this.#rows.length - 1));
    });
  }

  /** Where the pointer is, in units, at the edges at most. */
  #unitsAt({ clientX }: PointerEvent): number {
    const { left, width } = this.#plot.getBoundingClientRect();
    const part = Math.min(Math.max((clientX - left) / width, 0), 1);
    return this.#view.from + part * (this.#view.to - this.#view.from);
  }

  #pixels(units: number): number {
    const { from, to } = this.#view;
    return units / (to - from) * this.#plot.getBoundingClientRect().width;
  }

  /** A place in units as a part of the shown plot. */
  #percent(units: number): string {
    const { from, to } = this.#view;
    return `${(units - from) / (to - from) * 100}%`;
  }

  #showNearest(units: number): void {
    let nearest = -1;
    this.#rows.forEach(({ x }, index) => {
      if (x < this.#view.from || x > this.#view.to) return;
      const best = this.#rows[nearest];
      if (best === undefined || Math.abs(x - units) < Math.abs(best.x - units)) nearest = index;
    });
    this.#show(nearest);
  }

  /** Shows the figures of a row; hides them without one. */
  #show(index: number): void {
    this.#shown = index;
    const row = this.#rows[index];
    this.#tip.hidden = row === undefined;
    this.#cursor.setAttribute("visibility", row === undefined ? "hidden" : "visible");
    if (row === undefined) return;
    for (const end of ["x1", "x2"]) this.#cursor.setAttribute(end, this.#percent(row.x));
    const [position = "", ...values] = row.cells;
    const title = document.createElement("b");
    title.textContent = position;
    const lines = values.map((value, column) => {
      const line = document.createElement("span");
      line.textContent = `${this.#names[column + 1]}: ${value}`;
      return line;
    });
    this.#tip.replaceChildren(title, ...lines);
  }

  #select(one: number, other: number): void {
    const { from, to } = this.#view;
    const width = Math.abs(other - one) / (to - from) * 100;
    this.#selection.setAttribute("x", this.#percent(Math.min(one, other)));
    this.#selection.setAttribute("width", `${width}%`);
  }

  /** Shows a part of the horizontal axis. */
  #zoom(from: number, to: number): void {
    const rows = this.#rows.filter(({ x }) => x >= from && x <= to);
    // There is nothing between two neighbours.
    if (rows.length < 2) return;
    this.#view = { from, to };
    const isWhole = to - from === UNITS;
    const edge = EDGE * (to - from) / UNITS;
    this.#lines.setAttribute(
      "viewBox",
      `${from - edge} ${-EDGE} ${to - from + 2 * edge} ${UNITS + 2 * EDGE}`,
    );
    for (const element of this.#plot.querySelectorAll<SVGElement>(".mark, .point")) {
      element.style.display = isWhole ? "" : "none";
    }
    for (const mark of this.#plot.querySelectorAll(".zoomed")) mark.remove();
    this.#showAll.hidden = isWhole;
    this.#show(-1);
    if (isWhole) return;
    for (let mark = 0; mark < MARKS; mark++) {
      const row = rows[Math.round(mark / (MARKS - 1) * (rows.length - 1))]!;
      const text = svgElement("text", {
        ...{ class: "axis zoomed", x: this.#percent(row.x), y: "100%", dy: "1.6em" },
        "text-anchor": "middle",
      });
      text.textContent = row.cells[0] ?? "";
      this.#plot.append(text);
    }
  }
}

function svgElement(name: "line" | "rect" | "text", attributes: Record<string, string>) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element as SVGElement;
}
