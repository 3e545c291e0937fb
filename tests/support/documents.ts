/** The documents of the project, taken apart: code blocks, headings, links and inline code. */

import { REPOSITORY } from "../../tools/repository.ts";

/** A fenced block of code. */
export interface CodeBlock {
  /** The words after the fence, such as `sh`. */
  readonly language: string;
  readonly text: string;
  /** The block that follows with nothing but blank lines between, for what a command prints. */
  readonly next: CodeBlock | undefined;
}

/** A page in Markdown. */
export interface Page {
  /** From the folder of the project, such as `docs/SERVER.md`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
  /** The fragments of its headings, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  /** The targets of its links and pictures, in order. */
  readonly links: readonly string[];
  /** The texts between backticks, on one line each. */
  readonly codes: readonly string[];
}

/** The paths of all pages: those of the folder of the project, and of `docs/`. */
export function pagePaths(): string[] {
  return ["", "docs/"].flatMap((folder) =>
    [...Deno.readDirSync(`${REPOSITORY}/${folder}`)].map(({ name }) => folder + name)
  ).filter((path) => path.endsWith(".md")).sort();
}

/** Blocks of code: those within the items of a list are indented. */
const FENCES = /^( *)```(.*)\n([^]*?)^\1```$/gm;

/** Reads all pages. */
export function readPages(): Page[] {
  return pagePaths().map((path) => parsePage(path, Deno.readTextFileSync(`${REPOSITORY}/${path}`)));
}

/** Takes a page apart. */
export function parsePage(path: string, text: string): Page {
  const prose = text.replaceAll(FENCES, "").replaceAll(/<!--[^]*?-->/g, "");
  const codes: string[] = [];
  const withoutCode = prose.replaceAll(/(`+)([^`]|[^`][^]*?[^`])\1(?!`)/g, (_, __, code) => {
    codes.push(code.replaceAll(/\s+/g, " ").replaceAll("\\|", "|").trim());
    return "";
  });
  const links = [...withoutCode.matchAll(/\]\(([^()\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
    .map(([, markdown, html]) => markdown ?? html!);
  return { path, text, blocks: blocksOf(text), anchors: anchorsOf(prose), links, codes };
}

function blocksOf(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const fences = [...text.matchAll(FENCES)];
  let next: CodeBlock | undefined;
  let nextStart = -1;
  for (const fence of fences.toReversed()) {
    const end = fence.index + fence[0].length;
    const isFollowed = next !== undefined && text.slice(end, nextStart).trim() === "";
    const [, indent, language = "", indented = ""] = fence;
    const lines = indented.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    next = { language, text: lines, next: isFollowed ? next : undefined };
    nextStart = fence.index;
    blocks.unshift(next);
  }
  return blocks;
}

/** What GitHub makes of headings: lower case, blanks as hyphens, other punctuation removed. */
function anchorsOf(prose: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const base = heading!.replaceAll(/\]\([^)]*\)/g, "").toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\s_-]/gu, "").trim().replaceAll(/\s/g, "-");
    let anchor = base;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${base}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}
