import { findLinks } from "../model/links.ts";
import { findMentions } from "../model/mentions.ts";
import { make } from "./dom.ts";

/**
 * What somebody wrote, as nodes: text, links, and the reader's own name where it stands in it.
 *
 * @param reader whose name stands out; `""` for nobody's.
 */
export function textNodes(text: string, reader: string): (Node | string)[] {
  return findLinks(text).flatMap(({ text: part, href }) =>
    href === undefined ? mentionNodes(part, reader) : [make("a", {
      href,
      target: "_blank",
      // The other page learns nothing of this one, and cannot reach it.
      rel: "noopener noreferrer nofollow",
    }, part)]
  );
}

function mentionNodes(text: string, reader: string): (Node | string)[] {
  return findMentions(text, reader).map(({ text: part, isMention }) =>
    isMention ? make("mark", {}, part) : part
  );
}
