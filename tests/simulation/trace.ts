/** What happened in a run: as a hash, by which two runs are compared, and as lines if they are wanted. */
export class RunTrace {
  #hash = 0x811c9dc5;

  /**
   * @param now milliseconds since the start of the run.
   * @param print receives each line at once.
   */
  constructor(
    private readonly now: () => number,
    private readonly print?: (line: string) => void,
  ) {}

  /** In hexadecimal (FNV-1a of 32 bits). */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  add(event: string): void {
    const line = `${this.now().toFixed(3).padStart(12)} ${event}`;
    for (let index = 0; index < line.length; index++) {
      this.#hash = Math.imul(this.#hash ^ line.charCodeAt(index), 0x01000193);
    }
    this.print?.(line);
  }
}
