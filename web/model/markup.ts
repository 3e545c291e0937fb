import { findLinks, type TextPart } from "./links.ts";

/** A part of a line: text, perhaps a link, or code. */
export type InlinePart = TextPart & { readonly isCode?: true };

/** A part of a message. */
export type Block =
  | { readonly kind: "lines"; readonly parts: readonly InlinePart[] }
  /** A fenced block; `text` is without the fences. */
  | { readonly kind: "code"; readonly text: string }
  /** Quoted lines, without their `>`. */
  | { readonly kind: "quote"; readonly parts: readonly InlinePart[] };

/** The first line of a fenced block: the fence, and perhaps the name of a language. */
const OPENING = /^```[\w+#.-]*[ \t]*$/;
const CLOSING = /^```[ \t]*$/;
const QUOTED = /^> ?/;

/**
 * Splits the text of a message into fenced blocks of code, quoted lines, and other lines with links and
 * code spans. There is no other markup.
 *
 * A fence that is not closed is text. The cost is linear in the length of the text.
 */
export function parseMarkup(text: string): Block[] {
  const lines = text.split("\n");
  const lastClosing = lines.findLastIndex((line) => CLOSING.test(line));
  const blocks: Block[] = [];
  let pending: string[] = [];
  let isQuote = false;
  const flush = () => {
    if (pending.length === 0) return;
    const parts = pending.flatMap((line, index) => [
      ...(index === 0 ? [] : [{ text: "\n" }]),
      ...inlineParts(line),
    ]);
    blocks.push({ kind: isQuote ? "quote" : "lines", parts });
    pending = [];
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    if (index < lastClosing && OPENING.test(line)) {
      flush();
      let end = index + 1;
      while (!CLOSING.test(lines[end]!)) end++;
      blocks.push({ kind: "code", text: lines.slice(index + 1, end).join("\n") });
      index = end;
      continue;
    }
    const isQuoted = QUOTED.test(line);
    if (isQuoted !== isQuote) flush();
    isQuote = isQuoted;
    pending.push(isQuoted ? line.replace(QUOTED, "") : line);
  }
  flush();
  return blocks;
}

/**
 * Splits a line into code spans, links, and the text between them. As in Markdown, a code span ends at as
 * many backticks as begin it, so that it can contain fewer or more of them.
 */
export function inlineParts(text: string): InlinePart[] {
  const parts: InlinePart[] = [];
  const runs = [...text.matchAll(/`+/g)];
  const partners = partnersOf(runs.map(([run]) => run.length));
  let end = 0;
  for (let index = 0; index < runs.length; index++) {
    const partner = partners[index];
    if (partner === undefined) continue;
    const [opening, closing] = [runs[index]!, runs[partner]!];
    const code = text.slice(opening.index + opening[0].length, closing.index);
    parts.push(...findLinks(text.slice(end, opening.index)));
    parts.push({ text: withoutPadding(code), isCode: true });
    end = closing.index + closing[0].length;
    index = partner;
  }
  return [...parts, ...findLinks(text.slice(end))];
}

/** For each length of a run, the index of the next run with the same length, if any. */
function partnersOf(lengths: readonly number[]): (number | undefined)[] {
  const next = new Map<number, number>();
  const partners = new Array<number | undefined>(lengths.length);
  for (let index = lengths.length - 1; index >= 0; index--) {
    partners[index] = next.get(lengths[index]!);
    next.set(lengths[index]!, index);
  }
  return partners;
}

/** One space at both ends separates the backticks of the code from those around it. */
function withoutPadding(code: string): string {
  const isPadded = code.startsWith(" ") && code.endsWith(" ") && code.trim() !== "";
  return isPadded ? code.slice(1, -1) : code;
}
