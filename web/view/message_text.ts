import { splitAtMentions } from "../../client/core/mentions.ts";
import { nameColorIndex } from "../../client/core/name_colors.ts";
import { findLinks } from "../model/links.ts";
import { make } from "./dom.ts";

/** Number of colours for names in `style.css`. */
const COLOR_COUNT = 8;

/** The attribute by which `style.css` colours a name. */
export function colorAttribute(name: string): { readonly "data-color": string } {
  return { "data-color": String(nameColorIndex(name, COLOR_COUNT)) };
}

/**
 * Converts the text of a message to nodes: text, links, and marks around the reader's name.
 *
 * @param reader the name to mark; `""` for none.
 */
export function textNodes(text: string, reader: string): (Node | string)[] {
  return findLinks(text).flatMap(({ text: part, href }) =>
    href === undefined ? mentionNodes(part, reader) : [make("a", {
      href,
      target: "_blank",
      // The other page gets no address of this one, and no access to it.
      rel: "noopener noreferrer nofollow",
    }, part)]
  );
}

function mentionNodes(text: string, reader: string): (Node | string)[] {
  return splitAtMentions(text, reader).map(({ text: part, isMention }) =>
    isMention ? make("mark", {}, part) : part
  );
}
