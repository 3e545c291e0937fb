/**
 * The pages of a class: who is where, for the teacher, and how to join, for all others.
 *
 * They have no scripts and no other files; the teacher's loads itself again every few seconds.
 *
 * @module
 */

import { counted } from "../../protocol/text.ts";
import type { Learner } from "./class_roll.ts";

/** Seconds until the teacher's page loads itself again. */
const REFRESH_SECONDS = 3;

/** The style of the pages. The content security policy has its hash. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8886; --faint: #666; }
@media (prefers-color-scheme: dark) { :root { --faint: #aaa; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-weight: 600; }
th, td { overflow-wrap: anywhere; }
thead th { overflow-wrap: normal; }
td:nth-child(2) { min-width: 8rem; }
meter { display: block; width: 4rem; max-width: 100%; }
.away { color: var(--faint); }
code { font: .95rem ui-monospace, monospace; overflow-wrap: anywhere; }
`;

/** Where learners find the class. */
export interface ClassAddress {
  /** `HOST:PORT` of the class. */
  readonly address: string;
  /** The command that runs this program. */
  readonly program: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

function page(title: string, head: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${head}<title>${escaped(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** How learners join. */
function joining({ address, program }: ClassAddress): string {
  const command = `${program} learn --join ${address} --name Ann`;
  return `<p>To join, type in a terminal, with your own name:</p>
<p><code>${escaped(command)}</code></p>`;
}

/** The page for all but the teacher. */
export function joinPage(where: ClassAddress): string {
  return page("hubbub learn: a class", "", joining(where));
}

/** The teacher's page. @param titles of the lessons, in their order. */
export function teacherPage(
  learners: readonly Learner[],
  titles: readonly string[],
  where: ClassAddress,
): string {
  const here = learners.filter(({ state }) => state === "here").length;
  const refresh = `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">\n`;
  const rows = learners.map((learner) => rowOf(learner, titles)).join("\n");
  const table = learners.length === 0 ? "<p>No learner has joined yet.</p>" : `<table>
<thead><tr><th scope="col">Learner</th><th scope="col">Lesson</th><th scope="col">Step</th>
<th scope="col">Answered</th></tr></thead>
<tbody>
${rows}
</tbody>
</table>`;
  return page(
    `hubbub learn: ${counted(here, "learner")} here`,
    refresh,
    `${table}
${joining(where)}`,
  );
}

function rowOf({ name, position, state, silence }: Learner, titles: readonly string[]): string {
  const note = state === "here"
    ? ""
    : ` (${state === "left" ? "has left" : `away for ${durationText(silence)}`})`;
  const place = position === undefined
    ? `<td>not yet</td><td></td><td>0 of ${titles.length}</td>`
    : `<td>${position.lesson}. ${escaped(titles[position.lesson - 1] ?? "")}</td>` +
      `<td>${position.step} of ${position.steps} ` +
      `<meter min="0" max="${position.steps}" value="${position.step}"></meter></td>` +
      `<td>${position.answered} of ${titles.length}</td>`;
  const isFaint = state === "here" ? "" : ` class="away"`;
  return `<tr${isFaint}><th scope="row">${escaped(name)}${note}</th>${place}</tr>`;
}

/** A time in whole minutes. */
function durationText(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  return minutes === 0 ? "less than a minute" : counted(minutes, "minute");
}
