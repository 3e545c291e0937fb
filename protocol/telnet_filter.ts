import type { ByteString } from "./byte_string.ts";

/** "Interpret as command", the byte with which every telnet command starts (RFC 854). It is in no
 * valid UTF-8, so people without telnet never send it. */
export const TELNET_COMMAND: ByteString = "\xff";
const IAC_CODE = 0xff;
const SUBNEGOTIATION = 0xfa;
const SUBNEGOTIATION_END = 0xf0;
const WILL = 0xfb;
const WONT = 0xfc;
const DO = 0xfd;
const DONT = 0xfe;

/** The option by which one side asks the other for a sign of life (RFC 860). */
const TIMING_MARK = 0x06;

/** Asks the other side for a sign of life: one that speaks telnet answers that it will, or that it
 * will not. */
export const TELNET_PROBE: ByteString = String.fromCharCode(IAC_CODE, DO, TIMING_MARK);

/** The lowest byte that is a command behind {@link TELNET_COMMAND}; RFC 885 has added the first. */
const FIRST_COMMAND = 0xef;

const LINE_FEED = 0x0a;

/** Requests that are answered on one connection. There are 256 options to ask for; who goes on is in
 * a loop, or wants answers for their own sake. */
const MAX_ANSWERS = 512;

/** Bytes of a subnegotiation that are skipped while its end does not come. */
const MAX_SUBNEGOTIATION_BYTES = 1024;

/** Commands that are taken out of one chunk. A telnet client sends a few dozen at once; 64 KiB of
 * nothing else would take 10 ms, and as text it is an invalid line, which counts for the rate. */
const MAX_COMMANDS_PER_CHUNK = 256;

/** Where in a command the stream was cut. */
type State =
  | "text"
  | "command"
  | "option"
  | "subnegotiation"
  | "subnegotiation command";

/**
 * Takes telnet's commands out of a stream of text, however it is cut, and refuses what they ask for:
 * to every option that the other side wants (DO) or offers (WILL) the answer is no (WONT, DONT).
 *
 * 1. A chunk without {@link TELNET_COMMAND} is handed back as it is; looking costs next to nothing.
 * 2. `IAC IAC` is one byte 0xFF of the text.
 * 3. What only looks like a command is text: 0xFF before anything that is none, and so the rubbish
 *    that a program sends stays visible. A line feed ends a line wherever it stands, but in a
 *    subnegotiation: a command that is cut short costs no line.
 * 4. Neither answers nor a subnegotiation without an end can go on for ever, and behind so many
 *    commands the rest of a chunk is text.
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
   * @param answer gets the bytes to send back.
   */
  constructor(private readonly answer: (bytes: ByteString) => void) {}

  /** Whether the other side has offered or asked for something: it speaks telnet. */
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

  /** Handles the byte behind IAC; returns what of it is text. */
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

  /** The answer to a request. A refusal (WONT, DONT) gets none, or two sides could go on for ever. */
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
