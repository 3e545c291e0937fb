/** A part of a text, perhaps a link. */
export interface TextPart {
  readonly text: string;
  /** The address of a link: always `http:` or `https:`. */
  readonly href?: string;
}

const CANDIDATE =
  /(?:\bhttps?:\/\/|(?<![\p{L}\p{N}\p{M}_@./:-])www\.(?=[^\s.]+\.[^\s.]))[^\s<>"\u00ab\u00bb\u201c\u201d]+/giu;

/** Characters that end a sentence, or close a bracket or quotation around the address. */
const CLOSING = /[.,;:!?'*_~)\]}\u2019\u2026]$/u;

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
  let address = candidate;
  while (CLOSING.test(address)) {
    const last = address.at(-1)!;
    const opening = PAIRS[last];
    if (opening !== undefined && count(address, opening) >= count(address, last)) break;
    address = address.slice(0, -1);
  }
  return address;
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
