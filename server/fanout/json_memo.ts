import { type ByteString, jsonOf, type ServerFrame } from "../../protocol/mod.ts";

/**
 * Makes the JSON of a frame, once: a room may hold clients of every kind that speaks JSON, who get
 * the same frame one after the other.
 */
export class JsonMemo {
  #frame: ServerFrame | undefined;
  #json: ByteString = "";

  /** The frame must not have changed since it was given last. */
  encode(frame: ServerFrame): ByteString {
    if (frame !== this.#frame) {
      this.#frame = frame;
      this.#json = jsonOf(frame);
    }
    return this.#json;
  }
}
