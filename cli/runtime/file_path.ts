/** The path of a `file:` URL. Loading `node:url` for it would take longer than the start of the runtime. */
export function filePath({ pathname }: URL): string {
  return decodeURIComponent(pathname).replace(/^\/(?=[a-z]:)/i, "");
}
