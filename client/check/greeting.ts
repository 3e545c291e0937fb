import type { ByteString } from "../../protocol/mod.ts";
import { literal } from "./literal.ts";

/**
 * What a server says first on every connection. Its numbers may be others each time: how many clients
 * there are, a port, the time.
 */
export class Greeting {
  readonly #pattern: RegExp;
  readonly #shape: ByteString;

  /** @param text what came on one connection; not empty. */
  constructor(readonly text: ByteString) {
    this.#pattern = new RegExp(`^${text.split(/\d+/).map(literal).join("\\d+")}`);
    this.#shape = shapeOf(text);
  }

  /**
   * How long it is on another connection.
   *
   * @param received what came first there.
   * @returns 0 when something else came; `undefined` while more of it may come.
   */
  lengthIn(received: ByteString): number | undefined {
    const found = this.#pattern.exec(received);
    if (found !== null) return found[0].length;
    return this.#shape.startsWith(shapeOf(received)) ? undefined : 0;
  }
}

/** Bytes with every number made the same. */
function shapeOf(bytes: ByteString): ByteString {
  return bytes.replace(/\d+/g, "0");
}
