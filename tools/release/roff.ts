/**
 * The markup of manual pages: man(7), which groff and mandoc read.
 *
 * @module
 */

/** Signs that roff would change: hyphens that must stay ASCII, typographic quotes, its own escapes. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/** A text on a line of its own, unchanged in print and when it is copied. */
export function escaped(text: string): string {
  const safe = text.replace(/[\\\-'`^~]/g, (sign) => ESCAPES[sign]!);
  // At the start of a line a full stop begins a request.
  return safe.startsWith(".") ? `\\&${safe}` : safe;
}

/** Longest line of a source, in bytes; mandoc's style check reports longer ones. */
const LINE_BYTES = 80;

/** A text whose lines are filled in print, in lines of the source. */
export function filled(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && escaped(`${last} ${word}`).length <= LINE_BYTES) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map(escaped);
}

/** A text as one argument of a macro, in which quotation marks would end it. */
export function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', "\\(dq")}"`;
}

export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** A section with its lines; an empty one is left out. */
export function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${quoted(heading)}`, ...lines];
}

/** A term, as roff, and its explanation, as text. */
export function item(term: string, explanation: string): string[] {
  return [".TP", term, ...filled(explanation)];
}

/**
 * Paragraphs of a help text: those whose lines are indented are kept line by line, others are filled.
 * The lines of the first one follow a heading directly.
 */
export function paragraphs(text: string): string[] {
  return text.split(/\n{2,}/).flatMap((paragraph, index) => {
    const start = index === 0 ? [] : [".PP"];
    return [...start, ...blocksOf(paragraph.split("\n"))];
  });
}

function blocksOf(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.startsWith("  "));
  if (first < 0) return filled(lines.join(" "));
  const introduction = lines.slice(0, first);
  return [
    ...(introduction.length === 0 ? [] : [...filled(introduction.join(" ")), ".PP"]),
    ...literal(lines.slice(first)),
  ];
}

/** Lines that are kept, without their common indent. */
export function literal(lines: readonly string[]): string[] {
  const indent = Math.min(...lines.map((line) => /^ */.exec(line)![0].length));
  return [".nf", ".RS 2", ...lines.map((line) => escaped(line.slice(indent))), ".RE", ".fi"];
}
