import { type ByteString, IRC_SERVER, ircLine, toByteString } from "../../protocol/mod.ts";

/** Maximum length of a label in bytes (IRCv3 labeled-response). */
const MAX_LABEL_BYTES = 64;

/**
 * The response to a command with a label (IRCv3 labeled-response).
 *
 * 1. The lines of a command that is done at once are collected: none become `ACK`, one gets the label, several
 *    are a batch.
 * 2. A command that continues later begins its batch when it is known to: the lines that follow are not
 *    held back, since frames for rooms may come between them.
 */
export class LabeledResponse {
  readonly #tag: ByteString;
  #lines: ByteString[] = [];
  #isBatch = false;

  /** @param batch a name that no other batch of the client has. */
  constructor(label: string, private readonly batch: string) {
    this.#tag = `label=${toByteString(label)}`;
  }

  /** Whether a label is within its limit, and without control characters, such as a CR. */
  static accepts(label: string | undefined): label is string {
    return label !== undefined && label !== "" && !/\p{Cc}/u.test(label) &&
      toByteString(label).length <= MAX_LABEL_BYTES;
  }

  /** Adds lines of the response. @returns what is sent of them now. */
  add(bytes: ByteString): ByteString {
    const lines = bytes.split(/(?<=\n)/);
    if (this.#isBatch) return lines.map((line) => this.#inBatch(line)).join("");
    this.#lines.push(...lines);
    return "";
  }

  /** Begins the batch of a command that continues later. */
  begin(): ByteString {
    const start = ircLine(`:${IRC_SERVER} BATCH +${this.batch} labeled-response`);
    this.#isBatch = true;
    const lines = this.#lines.map((line) => this.#inBatch(line)).join("");
    this.#lines = [];
    return withTag(start, this.#tag) + lines;
  }

  /** Ends the response. */
  end(): ByteString {
    const [only, ...others] = this.#lines;
    if (!this.#isBatch) {
      if (only === undefined) return withTag(ircLine(`:${IRC_SERVER} ACK`), this.#tag);
      if (others.length === 0) return withTag(only, this.#tag);
    }
    return (this.#isBatch ? "" : this.begin()) + ircLine(`:${IRC_SERVER} BATCH -${this.batch}`);
  }

  /** Adds the tag of the batch to a line, unless it is in an inner batch. */
  #inBatch(line: ByteString): ByteString {
    return /^@(?:[^ ]*;)?batch=/.test(line) ? line : withTag(line, `batch=${this.batch}`);
  }
}

function withTag(line: ByteString, tag: ByteString): ByteString {
  return line.startsWith("@") ? `@${tag};${line.slice(1)}` : `@${tag} ${line}`;
}
