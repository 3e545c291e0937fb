import { LINE_COLORS } from "./svg_chart.ts";

/**
 * The looks of a report's page: light or dark as the reader's system is, from 320 pixels of width on, and fit
 * to be printed. The colours of texts and lines have a contrast of 4.5 and 3 at least (a test computes it).
 */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2128; --paper: #fff; --tile: #f3f5f8; --soft: #59636e;
  --rule: #d9dee4; --good: #1a6e34; --bad: #b3261e;
  --line-0: #2554c7; --line-1: #b3261e; --line-2: #1a6e34; --line-3: #8250b0;
  --line-4: #9a5b00; --line-5: #0b7285; --line-6: #c2255c; --line-7: #59636e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --paper: #14171c; --tile: #1f242b;
  --soft: #9da7b3; --rule: #333b45; --good: #6fd08c; --bad: #ff9d94;
  --line-0: #8fa8ff; --line-1: #ff9d94; --line-2: #6fd08c; --line-3: #d0a8f5;
  --line-4: #f0b429; --line-5: #5cd0dd; --line-6: #ff9ac2; --line-7: #aeb8c4; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.375rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.125rem; }
header p { margin: 0; color: var(--soft); }
.tiles { display: grid; gap: 0.5rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); }
.tiles div { background: var(--tile); border-radius: 8px; padding: 0.5rem 0.625rem; }
dt, dd span { color: var(--soft); font-size: 0.8125rem; line-height: 1.3; }
dd { margin: 0; font-size: 1.375rem; font-weight: 600; font-variant-numeric: tabular-nums; }
dd span { display: block; font-weight: 400; }
.passed { color: var(--good); }
.fault { color: var(--bad); }
section p { margin: 0.25rem 0; overflow-wrap: anywhere; }
figure { margin: 2rem 0; position: relative; }
figcaption { font-weight: 600; }
.chart { display: block; overflow: visible; height: 13rem; width: calc(100% - 5.25rem);
  margin: 2.25rem 0.75rem 3.5rem 4.5rem; }
.chart:focus { outline: none; }
.chart:focus-visible { outline: 2px solid var(--line-0); outline-offset: 4px; }
.chart text { font-size: 0.75rem; fill: var(--ink); }
.chart .axis { fill: var(--soft); }
.chart .end { text-anchor: end; }
.chart .mark { text-anchor: middle; }
.chart .title:not(.end) { transform: translateX(-4.5rem); }
.grid { stroke: var(--rule); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round;
  vector-effect: non-scaling-stroke; }
.dash-1 { stroke-dasharray: 7 5; }
.dash-2 { stroke-dasharray: 1 5; }
${
  Array.from({ length: LINE_COLORS }, (_, index) =>
    `.line-${index} { stroke: var(--line-${index}); }`).join("\n")
}
.point text { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
.point circle { fill: var(--paper); stroke: var(--ink); stroke-width: 2; }
.legend { margin: 0; display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 0.875rem; }
.legend span { display: flex; align-items: center; gap: 0.375rem; overflow-wrap: anywhere; }
.legend svg { width: 30px; height: 8px; flex: none; }
.cursor { stroke: var(--soft); }
.selection { fill: var(--line-0); opacity: 0.2; }
.tip { position: absolute; top: 0; right: 0; margin: 0; padding: 0.25rem 0.5rem; font-size: 0.8125rem;
  background: var(--tile); border: 1px solid var(--rule); border-radius: 6px; pointer-events: none;
  font-variant-numeric: tabular-nums; max-width: 16rem; }
.tip b, .tip span { display: block; }
.help { margin: 0; color: var(--soft); font-size: 0.8125rem; }
button { font: inherit; color: inherit; background: var(--tile); border: 1px solid var(--rule);
  border-radius: 6px; }
details { color: var(--soft); font-size: 0.875rem; }
.scrolls { overflow: auto; max-height: 32rem; margin: 1.5rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9375rem; }
th, td { white-space: nowrap; padding: 0.35rem 0.75rem; text-align: right; border-bottom: 1px solid var(--rule); }
th:first-child { text-align: left; }
thead th { color: var(--soft); font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 37.5rem) { .wide { display: none; }
  .tiles div:last-child:nth-child(odd) { grid-column: 1 / -1; } }
@media print { body { max-width: none; padding: 0; } figure, .tiles div, tr { break-inside: avoid; }
  .scrolls { max-height: none; overflow: visible; } details:not([open]), .help { display: none; }
  .tiles div { border: 1px solid var(--rule); }
  th, td { white-space: normal; overflow-wrap: anywhere; padding: 0.25rem 0.4rem; } }
`;
