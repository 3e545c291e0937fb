import { addressBits, type AddressRange } from "./network_address.ts";

/**
 * Values by address range, and the ranges that hold an address. A lookup takes one step for each
 * length of a prefix that is in use, however many ranges there are.
 */
export class AddressRangeMap<Value> {
  readonly #values = new Map<string, Value>();
  /** How many ranges there are of each length of their bits. */
  readonly #lengths = new Map<number, number>();

  /** Sets the value of a range. */
  set({ bits }: AddressRange, value: Value): void {
    if (!this.#values.has(bits)) this.#count(bits.length, 1);
    this.#values.set(bits, value);
  }

  /** Removes a range. @returns whether it was there. */
  delete({ bits }: AddressRange): boolean {
    if (!this.#values.delete(bits)) return false;
    this.#count(bits.length, -1);
    return true;
  }

  /** The values of all ranges that hold the address. */
  valuesFor(address: string): Value[] {
    const bits = addressBits(address);
    if (bits === undefined) return [];
    return [...this.#lengths.keys()].flatMap((length) => {
      if (length > bits.length) return [];
      const value = this.#values.get(bits.slice(0, length));
      return value === undefined ? [] : [value];
    });
  }

  #count(length: number, change: 1 | -1): void {
    const count = (this.#lengths.get(length) ?? 0) + change;
    if (count === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, count);
  }
}
