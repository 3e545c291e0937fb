/** A part of a text, perhaps a link. */
export interface TextPart {
  readonly text: string;
  /** The address of a link: always `http:` or `https:`. */
  readonly href?: string;
}

const CANDIDATE =
  /(?:\bhttps?:\/\/|(?<![\p{L}\p{N}\p{M}_@./:-])www\.(?=[^\s.]+\.[^\s.]))[^\s<>"\u00ab\u00bb\u201c\u201d]+/giu;

/** Characters that end a sentence, or close a bracket or quotation around the address. */
const CLOSING: ReadonlySet<string> = new Set(".,;:!?'*_~)]}\u2019\u2026");

const PAIRS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/**
 * Splits a text into links and the text between them; joined, the parts are the text. A link that begins
 * with `www.` uses HTTPS.
 *
 * A closing bracket at the end belongs to the address only if it contains the opening one, as in
 * `https://en.wikipedia.org/wiki/Hubbub_(disambiguation)`.
 */
export function findLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    const address = withoutClosing(candidate);
    const href = hrefOf(address);
    if (href === undefined) continue;
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: address, href });
    end = index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function withoutClosing(candidate: string): string {
  /** Number of closing brackets without an opening one, for each that is at the end. */
  const unpaired = new Map<string, number>();
  let end = candidate.length;
  for (; end > 0 && CLOSING.has(candidate[end - 1]!); end--) {
    const last = candidate[end - 1]!;
    const opening = PAIRS[last];
    if (opening === undefined) continue;
    const left = unpaired.get(last) ?? count(candidate, last) - count(candidate, opening);
    if (left <= 0) break;
    unpaired.set(last, left - 1);
  }
  return candidate.slice(0, end);
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function hrefOf(address: string): string | undefined {
  const url = parseUrl(/^https?:/i.test(address) ? address : `https://${address}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== ""
    ? url.href
    : undefined;
}

/** Parses an address; phones of some years lack `URL.parse`. */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
