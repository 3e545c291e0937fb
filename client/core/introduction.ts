import {
  type ByteString,
  type IntroductionFrame,
  NAME_PROMPT,
  parseServerFrame,
  PROMPT_MILLISECONDS,
  SERVER_PASSWORD_PROMPT,
  type ServerFrame,
} from "../../protocol/mod.ts";
import { usableFrame } from "./server_frames.ts";

/** What a server that was late to be asked has sent before: it took the program for a person. */
const PROMPTS = [NAME_PROMPT, SERVER_PASSWORD_PROMPT];

/** How much sooner than {@link PROMPT_MILLISECONDS} a prompt may seem to come: timers are rounded. */
const ROUNDING_MILLISECONDS = 10;

/** Bytes without a line end after which the first line of a server is not waited for any more. */
const MAX_HEAD_BYTES = 65_536;

/** What the bytes that have come so far show. */
export type Finding =
  /** Nothing yet. */
  | { readonly type: "undecided" }
  /** The prompt of a server that took this program for a person: it may be hubbub. */
  | { readonly type: "prompted" }
  /** hubbub refuses this client, or says goodbye, instead of introducing itself. */
  | { readonly type: "refused"; readonly frame: ServerFrame & { type: "error" | "bye" } }
  /** hubbub, and the bytes that came behind its introduction. */
  | { readonly type: "introduced"; readonly frame: IntroductionFrame; readonly rest: ByteString }
  /** Another server, and all bytes that came of it. */
  | { readonly type: "unknown"; readonly answer: ByteString };

const UNDECIDED: Finding = { type: "undecided" };

/**
 * Finds out by its first bytes whether a server is hubbub. No I/O: it is given bytes, cut anywhere,
 * and how long after the start of connecting they came.
 *
 * 1. hubbub begins with a `server` frame, or with an `error` or `bye` that ends the connection.
 * 2. It may have prompted before, as it does after {@link PROMPT_MILLISECONDS} of silence. The prompt
 *    then ends in a line of its own. A prompt that comes sooner is that of another chat.
 * 3. Everything else is another server.
 */
export class Introduction {
  #head: ByteString = "";
  /** When the first byte came. */
  #firstAt: number | undefined;

  /** All that has come and shows nothing yet. */
  get head(): ByteString {
    return this.#head;
  }

  /**
   * Takes the next bytes.
   *
   * @param milliseconds since the start of connecting.
   */
  push(bytes: ByteString, milliseconds: number): Finding {
    this.#head += bytes;
    if (bytes !== "") this.#firstAt ??= milliseconds;
    const prompt = this.#mayBePrompted ? promptOf(this.#head) : undefined;
    if (prompt === "perhaps") return { type: "prompted" };
    const json = this.#head.slice(prompt?.length ?? 0).replace(/^[ \t\r\n]+/, "");
    if (json !== "" && json.charAt(0) !== "{") return this.#unknown();
    const end = json.indexOf("\n");
    if (end >= 0) return this.#read(json.slice(0, end), json.slice(end + 1));
    if (this.#head.length > MAX_HEAD_BYTES) return this.#unknown();
    return prompt === undefined ? UNDECIDED : { type: "prompted" };
  }

  get #mayBePrompted(): boolean {
    return this.#firstAt !== undefined &&
      this.#firstAt >= PROMPT_MILLISECONDS - ROUNDING_MILLISECONDS;
  }

  #read(line: ByteString, rest: ByteString): Finding {
    const parsed = parseServerFrame(line);
    const frame = parsed && usableFrame(parsed);
    switch (frame?.type) {
      case "server":
        return { type: "introduced", frame, rest };
      case "error":
      case "bye":
        this.#head = rest;
        return { type: "refused", frame };
      default:
        return this.#unknown();
    }
  }

  #unknown(): Finding {
    return { type: "unknown", answer: this.#head };
  }
}

/** The prompt with its line end that the bytes begin with; "perhaps" while it may become one. */
function promptOf(head: ByteString): ByteString | undefined {
  if (head === "") return undefined;
  for (const prompt of PROMPTS) {
    const line = prompt + "\n";
    if (line.startsWith(head)) return head === line ? line : "perhaps";
    if (head.startsWith(line)) return line;
  }
  return undefined;
}
