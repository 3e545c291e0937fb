/** A place where some wait until all of them have come, as often as they like. */
export class Barrier {
  #waiting = 0;

  /**
   * @param members how many there are.
   * @param onComplete told when all have come.
   */
  constructor(private members: number, private readonly onComplete: () => void) {}

  /** One has come, and waits. */
  arrive(): void {
    this.#waiting++;
    this.#check();
  }

  /** One that does not wait will not come any more. */
  leave(): void {
    this.members--;
    this.#check();
  }

  #check(): void {
    if (this.#waiting === 0 || this.#waiting < this.members) return;
    this.#waiting = 0;
    this.onComplete();
  }
}
