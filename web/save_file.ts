/** How long the browser may take to fetch what it saves. */
const FETCH_MILLISECONDS = 60_000;

/** Has the browser save something where it saves downloads. Its name is cleaned there. */
export function saveFile(name: string, content: Blob): void {
  const href = URL.createObjectURL(content);
  const link = document.createElement("a");
  Object.assign(link, { href, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(href), FETCH_MILLISECONDS);
}
