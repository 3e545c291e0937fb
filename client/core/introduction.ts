import {
  type ByteString,
  type IntroductionFrame,
  NAME_PROMPT,
  parseServerFrame,
  PROMPT_MILLISECONDS,
  SERVER_PASSWORD_PROMPT,
  type ServerFrame,
} from "../../protocol/mod.ts";
import { usableFrame } from "./frame_validation.ts";

/** The prompts of a hubbub server that received no byte in time and treats the program as a user. */
const PROMPTS = [NAME_PROMPT, SERVER_PASSWORD_PROMPT];

/** Tolerance for {@link PROMPT_MILLISECONDS}: timers are rounded. */
const ROUNDING_MILLISECONDS = 10;

/** Maximum length of the first line of a server, in bytes. */
const MAX_HEAD_BYTES = 65_536;

/** The conclusion from the bytes received so far. */
export type Finding =
  | { readonly type: "undecided" }
  /** The prompt of a server that treats this program as a user: it may be hubbub. */
  | { readonly type: "prompted" }
  /** hubbub refuses this client, or closes the connection, instead of introducing itself. */
  | { readonly type: "refused"; readonly frame: ServerFrame & { type: "error" | "bye" } }
  /** hubbub, and the bytes after its introduction. */
  | { readonly type: "introduced"; readonly frame: IntroductionFrame; readonly rest: ByteString }
  /** Another server, and all received bytes. */
  | { readonly type: "unknown"; readonly answer: ByteString };

const UNDECIDED: Finding = { type: "undecided" };

/**
 * Finds out by its first bytes whether a server is hubbub. No I/O: the caller passes bytes, cut
 * anywhere, and their time since the start of connecting.
 *
 * 1. hubbub begins with a `server` frame, or with an `error` or `bye` that ends the connection.
 * 2. It may have prompted before, as it does after {@link PROMPT_MILLISECONDS} of silence. The prompt
 *    then ends in a line of its own. An earlier prompt is that of another chat.
 * 3. Everything else is another server.
 */
export class Introduction {
  #head: ByteString = "";
  /** Time of the first byte. */
  #firstAt: number | undefined;

  /** All received bytes without a conclusion. */
  get head(): ByteString {
    return this.#head;
  }

  /** Adds the next bytes. @param milliseconds since the start of connecting. */
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

/** The prompt, with its line end, at the start of the bytes; "perhaps" if it is incomplete. */
function promptOf(head: ByteString): ByteString | undefined {
  if (head === "") return undefined;
  for (const prompt of PROMPTS) {
    const line = prompt + "\n";
    if (line.startsWith(head)) return head === line ? line : "perhaps";
    if (head.startsWith(line)) return line;
  }
  return undefined;
}
