/** A place where members wait until all of them have arrived, as often as they like. */
export class Barrier {
  #waiting = 0;
  #isUnanimous = true;

  /**
   * @param members how many there are.
   * @param onComplete called when all have arrived, with whether all of them agree.
   */
  constructor(
    private members: number,
    private readonly onComplete: (isUnanimous: boolean) => void,
  ) {}

  /** A member has arrived, and waits. */
  arrive(agrees = true): void {
    this.#waiting++;
    this.#isUnanimous &&= agrees;
    this.#check();
  }

  /** A member that does not wait will not arrive any more. */
  leave(): void {
    this.members--;
    this.#check();
  }

  #check(): void {
    if (this.#waiting === 0 || this.#waiting < this.members) return;
    const isUnanimous = this.#isUnanimous;
    this.#waiting = 0;
    this.#isUnanimous = true;
    this.onComplete(isUnanimous);
  }
}
