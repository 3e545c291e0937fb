import { splitAtMentions } from "../../client/core/mentions.ts";
import { nameColorIndex } from "../../client/core/name_colors.ts";
import { findLinks } from "../model/links.ts";
import { type InlinePart, inlineParts, parseMarkup } from "../model/markup.ts";
import { make } from "./dom.ts";

/** Number of colours for names in `style/base.css`. */
const COLOR_COUNT = 16;

/** Maximum number of links, code spans and mentions of a message that are marked; others are text. A room
 * full of messages with a thousand each stops a browser for more than ten seconds. */
const MAX_MARKS = 100;

/** The number of marks that a message may still have. */
interface MarkBudget {
  left: number;
}

/** The attribute by which `style.css` colours a name. */
export function colorAttribute(name: string): { readonly "data-color": string } {
  return { "data-color": String(nameColorIndex(name, COLOR_COUNT)) };
}

/**
 * Converts a text without markup, such as a topic, to nodes: text, links, and marks around the reader's
 * name.
 *
 * @param reader the name to mark; `""` for none.
 */
export function textNodes(text: string, reader: string): (Node | string)[] {
  return nodesOf(findLinks(text), reader);
}

/** Converts the text of a message to nodes, with code and quoted lines. @param reader as above. */
export function messageNodes(text: string, reader: string): (Node | string)[] {
  const budget = { left: MAX_MARKS };
  return parseMarkup(text).flatMap((block) => {
    switch (block.kind) {
      case "code":
        return [make("pre", {}, make("code", {}, block.text))];
      case "quote":
        return [make("blockquote", {}, ...nodesOf(block.parts, reader, budget))];
      case "lines":
        return nodesOf(block.parts, reader, budget);
    }
  });
}

/** Converts one line of a message to nodes, with code spans. @param reader as above. */
export function lineNodes(text: string, reader: string): (Node | string)[] {
  return nodesOf(inlineParts(text), reader);
}

function nodesOf(
  parts: readonly InlinePart[],
  reader: string,
  budget: MarkBudget = { left: MAX_MARKS },
): (Node | string)[] {
  const nodes = parts.flatMap(({ text, href, isCode = false }): (Node | string)[] => {
    if (!isCode && href === undefined) return mentionNodes(text, reader, budget);
    if (budget.left-- <= 0) return [text];
    if (href === undefined) return [make("code", {}, text)];
    const link = {
      href,
      target: "_blank",
      // The other page gets no address of this one, and no access to it.
      rel: "noopener noreferrer nofollow",
    };
    return [make("a", link, text)];
  });
  return withJoinedTexts(nodes);
}

/** Joins the texts that follow each other: each one would be a node of its own. */
export function withJoinedTexts(nodes: readonly (Node | string)[]): (Node | string)[] {
  const joined: (Node | string)[] = [];
  for (const node of nodes) {
    const last = joined.at(-1);
    if (typeof node === "string" && typeof last === "string") joined.push(joined.pop() + node);
    else joined.push(node);
  }
  return joined;
}

function mentionNodes(text: string, reader: string, budget: MarkBudget): (Node | string)[] {
  return splitAtMentions(text, reader).map(({ text: part, isMention }) =>
    isMention && budget.left-- > 0 ? make("mark", {}, part) : part
  );
}
