// Browsers released before 2025 lack `toBase64` and `fromBase64`.
const HAS_NATIVE = typeof Uint8Array.prototype.toBase64 === "function";

/** Encodes one chunk of a file as base64. Older browsers pass each byte as an argument of one call. */
export function toBase64(bytes: Uint8Array): string {
  return HAS_NATIVE ? bytes.toBase64() : btoa(String.fromCharCode(...bytes));
}

/** Decodes base64. @throws {SyntaxError | DOMException} for other text. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (HAS_NATIVE) return Uint8Array.fromBase64(text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}
