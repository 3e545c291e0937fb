import type { ByteString } from "./byte_string.ts";

/** "Interpret as command", the first byte of every telnet command (RFC 854). Valid UTF-8 does not contain
 * it. */
export const TELNET_COMMAND: ByteString = "\xff";
const IAC_CODE = 0xff;
const SUBNEGOTIATION = 0xfa;
const SUBNEGOTIATION_END = 0xf0;
const WILL = 0xfb;
const WONT = 0xfc;
const DO = 0xfd;
const DONT = 0xfe;

/** The option by which one side probes the other (RFC 860). */
const TIMING_MARK = 0x06;

/** Probes the other side: a telnet client accepts or refuses the option. */
export const TELNET_PROBE: ByteString = String.fromCharCode(IAC_CODE, DO, TIMING_MARK);

/** The lowest command byte after {@link TELNET_COMMAND}; defined by RFC 885. */
const FIRST_COMMAND = 0xef;

const LINE_FEED = 0x0a;

/** Maximum number of answered requests on a connection. There are 256 options; more requests are a loop
 * or an attack. */
const MAX_ANSWERS = 512;

/** Maximum length of a skipped subnegotiation without its end, in bytes. */
const MAX_SUBNEGOTIATION_BYTES = 1024;

/** Maximum number of commands removed from one chunk. Telnet clients send a few dozen at once; 64 KiB of
 * commands would take 10 ms, and as text they are an invalid line, which counts for the rate. */
const MAX_COMMANDS_PER_CHUNK = 256;

/** The position in a command at the end of a chunk. */
type State =
  | "text"
  | "command"
  | "option"
  | "subnegotiation"
  | "subnegotiation command";

/**
 * Removes telnet commands from a stream of text, whatever the chunks are, and refuses every option that
 * the other side requests (DO) or offers (WILL) with WONT or DONT.
 *
 * 1. A chunk without {@link TELNET_COMMAND} is returned unchanged, at the cost of one search.
 * 2. `IAC IAC` is one byte 0xFF of the text.
 * 3. 0xFF before any other byte is text, so that binary data stays visible. A line feed ends a line
 *    everywhere except in a subnegotiation: an incomplete command costs no line.
 * 4. The number of answers and the length of a subnegotiation are limited, and after the maximum number
 *    of commands the rest of a chunk is text.
 */
export class TelnetFilter {
  #state: State = "text";
  /** The command whose option comes next. */
  #verb = 0;
  #skipped = 0;
  #answered = 0;
  #hasNegotiated = false;
  #hasAnsweredProbe = false;

  /**
   * Starts outside of a command.
   *
   * @param answer receives the bytes to send back.
   */
  constructor(private readonly answer: (bytes: ByteString) => void) {}

  /** Whether the other side has negotiated options: it is a telnet client. */
  get hasNegotiated(): boolean {
    return this.#hasNegotiated;
  }

  /** Whether the other side has answered a {@link TELNET_PROBE}. */
  get hasAnsweredProbe(): boolean {
    return this.#hasAnsweredProbe;
  }

  /** The text in a chunk of the stream. */
  filter(chunk: ByteString): ByteString {
    if (this.#state === "text" && !chunk.includes(TELNET_COMMAND)) return chunk;
    let text = "";
    let answers = "";
    let position = 0;
    let commands = 0;
    while (position < chunk.length) {
      if (this.#state === "text") {
        const isOver = commands++ >= MAX_COMMANDS_PER_CHUNK;
        const next = isOver ? -1 : chunk.indexOf(TELNET_COMMAND, position);
        const end = next < 0 ? chunk.length : next;
        text += chunk.slice(position, end);
        position = end + 1;
        if (next >= 0) this.#state = "command";
        continue;
      }
      const byte = chunk.charCodeAt(position++);
      switch (this.#state) {
        case "command":
          text += this.#command(byte);
          break;
        case "option":
          this.#state = "text";
          if (byte === LINE_FEED) text += "\n";
          else answers += this.#refusal(byte);
          break;
        case "subnegotiation":
          this.#skip(byte === IAC_CODE ? "subnegotiation command" : "subnegotiation");
          break;
        case "subnegotiation command":
          this.#skip(byte === SUBNEGOTIATION_END ? "text" : "subnegotiation");
          break;
      }
    }
    if (answers !== "") this.answer(answers);
    return text;
  }

  /** Handles the byte after IAC; returns its text, if any. */
  #command(byte: number): ByteString {
    this.#state = "text";
    if (byte === IAC_CODE) return TELNET_COMMAND;
    if (byte < FIRST_COMMAND) return TELNET_COMMAND + String.fromCharCode(byte);
    if (byte >= WILL) {
      this.#verb = byte;
      this.#state = "option";
    } else if (byte === SUBNEGOTIATION) {
      this.#skipped = 0;
      this.#state = "subnegotiation";
    }
    return "";
  }

  #skip(next: State): void {
    this.#state = ++this.#skipped < MAX_SUBNEGOTIATION_BYTES ? next : "text";
  }

  /** The answer to a request. Refusals (WONT, DONT) get none, which prevents endless loops. */
  #refusal(option: number): ByteString {
    this.#hasNegotiated = true;
    if (option === TIMING_MARK && (this.#verb === WILL || this.#verb === WONT)) {
      this.#hasAnsweredProbe = true;
      return "";
    }
    if (this.#verb !== DO && this.#verb !== WILL) return "";
    if (this.#answered++ >= MAX_ANSWERS) return "";
    return String.fromCharCode(IAC_CODE, this.#verb === DO ? WONT : DONT, option);
  }
}
