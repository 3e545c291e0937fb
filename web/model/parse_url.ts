/** Reads an address; `URL.parse` is too new for a phone of some years. */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
