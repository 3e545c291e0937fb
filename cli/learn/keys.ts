/** A key with a meaning in a lesson. */
export type Key = "enter" | "leave" | "skip" | "help" | "repeat" | "explain" | { letter: string };

/** A terminal's input. */
export interface KeyInput {
  setRawMode?(isRaw: boolean): unknown;
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data", listener: (text: string) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
  unref?(): unknown;
}

/** Of one read; more are a paste. */
const MAX_KEYS = 8;

/** The keys of a text that a terminal in raw mode has sent; unknown ones are left out. */
export function keysOf(text: string): Key[] {
  // Escape sequences: the arrows and other keys without a meaning here.
  if (text.startsWith("\x1b")) return [];
  return [...text].slice(0, MAX_KEYS).map(keyOf).filter((key) => key !== undefined);
}

function keyOf(character: string): Key | undefined {
  switch (character.toLowerCase()) {
    case "\r":
    case "\n":
      return "enter";
    case "q":
    case "\x03": // Ctrl+C
    case "\x04": // Ctrl+D
      return "leave";
    case "s":
      return "skip";
    case "h":
    case "?":
      return "help";
    case "r":
      return "repeat";
    case "x":
      return "explain";
    default:
      return /^[a-z]$/i.test(character) ? { letter: character.toUpperCase() } : undefined;
  }
}

/**
 * Reads single keys of a terminal.
 *
 * @param pressed receives each; `leave` when the terminal is gone.
 * @returns restores the terminal.
 */
export function readKeys(input: KeyInput, pressed: (key: Key) => void): () => void {
  input.setRawMode?.(true);
  input.setEncoding("utf8");
  input.on("data", (text) => keysOf(text).forEach(pressed));
  input.on("end", () => pressed("leave"));
  input.resume();
  return () => {
    input.setRawMode?.(false);
    input.pause();
    input.unref?.();
  };
}
