/**
 * The used part of a terminal with unlimited scrollback.
 */
export class Screen {
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** Number of bells. */
  bells = 0;

  constructor(private readonly columns: number) {}

  /** Every row, without the blanks at its end. */
  get text(): string {
    return this.#rows.map((row) => Array.from(row, (cell) => cell ?? " ").join("").trimEnd())
      .join("\n");
  }

  write(text: string): void {
    for (
      const [, count, command, character] of text.matchAll(
        // deno-lint-ignore no-control-regex -- matches escape sequences
        /\x1b\[([\d;?]*)([A-Za-z])|([^])/gu,
      )
    ) {
      if (command === undefined) this.#print(character!);
      else this.#obey(command, count === "" ? undefined : Number(count));
    }
  }

  #print(character: string): void {
    if (character === "\x07") this.bells++;
    else if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#move(this.#row + 1);
    else {
      if (this.#column === this.columns) {
        this.#move(this.#row + 1);
        this.#column = 0;
      }
      this.#rows[this.#row]![this.#column++] = character;
    }
    // A terminal turns the LF that a program writes into CR LF.
    if (character === "\n") this.#column = 0;
  }

  #obey(command: string, count = 1): void {
    switch (command) {
      case "A":
        return this.#move(this.#row - count);
      case "B":
        return this.#move(this.#row + count);
      case "C":
        this.#column = Math.min(this.columns - 1, this.#column + count);
        return;
      case "D":
        this.#column = Math.max(0, Math.min(this.columns - 1, this.#column) - count);
        return;
      case "G":
        this.#column = count - 1;
        return;
      case "J":
        if (count === 2) this.#rows.splice(0, this.#rows.length, []);
        this.#rows.length = this.#row + 1;
        this.#rows[this.#row]!.length = Math.min(this.#rows[this.#row]!.length, this.#column);
        return;
      case "K":
        this.#rows[this.#row]!.length = Math.min(this.#rows[this.#row]!.length, this.#column);
        return;
      case "H":
        this.#row = 0;
        this.#column = 0;
        return;
      case "h":
      case "l":
      case "m":
        return; // modes and colours
      default:
        throw new Error(`Cannot draw: unknown sequence ${command}`);
    }
  }

  #move(row: number): void {
    this.#row = Math.max(0, row);
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }
}
