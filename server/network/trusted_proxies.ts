import { type AddressRange, parseAddressRange } from "../addresses/network_address.ts";

/** The addresses whose PROXY headers and forwarding headers are accepted. */
export class TrustedProxies {
  readonly #ranges: readonly AddressRange[];

  /**
   * @param ranges addresses, or ranges in CIDR notation.
   * @throws {RangeError} for any other text.
   */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.map((text) => {
      const range = parseAddressRange(text);
      if (range !== undefined) return range;
      throw new RangeError(
        `Cannot trust the proxy "${text}": it is neither an address nor a CIDR range`,
      );
    });
  }

  has(address: string): boolean {
    return this.#ranges.some((range) => range.has(address));
  }
}
