// Browsers of before 2025 have no base64 of bytes.
const HAS_NATIVE = typeof Uint8Array.prototype.toBase64 === "function";

/** Bytes as base64. A piece of a file at most: in older browsers they become parameters of a call. */
export function toBase64(bytes: Uint8Array): string {
  return HAS_NATIVE ? bytes.toBase64() : btoa(String.fromCharCode(...bytes));
}

/** The bytes of a text in base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (HAS_NATIVE) return Uint8Array.fromBase64(text);
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
  return bytes;
}
