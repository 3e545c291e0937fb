import type { StoredFile } from "../../protocol/file_frames.ts";
import { isPicture, storedFilePath } from "../../protocol/stored_files.ts";
import { sizeText } from "../../protocol/text.ts";
import { make } from "./dom.ts";

/**
 * A file that the server keeps: a link that saves it, or a picture that opens in a window of its own.
 *
 * Pictures are fetched when they come into sight, and decoded by the browser alone. Their place has a fixed
 * height, so that nothing moves when they arrive.
 */
export function storedFileNode(file: StoredFile): HTMLElement {
  const { name, size, type } = file;
  // Below the page: a proxy may have put it anywhere.
  const href = storedFilePath(file).slice(1);
  const caption = [
    make("span", { class: "file-name", dir: "auto" }, name),
    " ",
    make("span", { class: "note" }, sizeText(size)),
  ];
  if (!isPicture(type)) {
    return make("a", { class: "stored-file", href, download: name }, ...caption);
  }
  const picture = make("img", { alt: "", src: href, loading: "lazy", decoding: "async" });
  const link = make(
    "a",
    { class: "stored-file picture", href, target: "_blank", rel: "noopener" },
    picture,
    make("span", { class: "caption" }, ...caption),
  );
  picture.addEventListener("error", () => {
    picture.replaceWith(make("span", { class: "note" }, "The picture is no longer on the server."));
  });
  return link;
}
