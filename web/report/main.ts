import { LiveChart } from "./live_chart.ts";

const figures = document.querySelectorAll("figure");
for (const figure of figures) new LiveChart(figure);
const help = document.createElement("p");
help.className = "help";
help.textContent =
  "Point at a chart, tap it or use the arrow keys for its figures. Drag over it to zoom.";
figures[0]?.before(help);
