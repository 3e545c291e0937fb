import ipaddr from "ipaddr.js";

/** Network bits of an IPv6 address; the host chooses the others (RFC 4291, 2.5.1). */
const IPV6_NETWORK_BITS = 64;

const BITS_OF_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(2).padStart(8, "0"));

/** The well-known prefix of NAT64 (RFC 6052, 2.1): 32 bits of IPv4 follow. */
const NAT64 = ipaddr.IPv6.parseCIDR("64:ff9b::/96");

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** One address, or all addresses with the same first bits. */
export interface AddressRange {
  /** The canonical text: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/48`. */
  readonly text: string;
  /** The common prefix of the {@link addressBits} of its addresses. */
  readonly bits: string;
  /** Whether the range contains the address, which may be IPv4-mapped. */
  has(address: string): boolean;
}

/**
 * The canonical text of an address: an IPv4-mapped IPv6 address becomes IPv4, IPv6 is compressed
 * (RFC 5952) and loses its zone.
 *
 * @returns the input if it is not an address, and `unknown` without one.
 */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "unknown";
  return parse(address)?.toString() ?? address;
}

/**
 * The key of an address for counts, limits and mutes: an IPv4 address itself, or the /64 network of an
 * IPv6 address, since a host can use all 2^64 addresses of its network.
 *
 * @returns the input if it is not an address.
 */
export function addressKey(address: string): string {
  const parsed = parse(address);
  if (parsed === undefined) return address;
  return parsed.kind() === "ipv4" ? parsed.toString() : rangeText(parsed, IPV6_NETWORK_BITS);
}

/**
 * Parses an address, or a range in CIDR notation. Host bits of a range are cleared.
 *
 * @returns `undefined` for other texts.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [base = "", prefix, ...rest] = text.trim().split("/");
  const parsed = parseUnmapped(base);
  if (parsed === undefined || rest.length > 0) return undefined;
  const size = parsed.kind() === "ipv4" ? 32 : 128;
  if (prefix === undefined) return rangeOf(toPlain(parsed), undefined);
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > size) return undefined;
  const isMapped = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() &&
    Number(prefix) >= 96;
  const bits = isMapped ? Number(prefix) - 96 : Number(prefix);
  return rangeOf(isMapped ? toPlain(parsed) : parsed, bits);
}

/** The address in a text such as `[::1]:8080` or `127.0.0.1:8080`, as in logs; other text unchanged. */
export function withoutPort(text: string): string {
  const [, ipv6, ipv4] =
    /^(?:\[([\da-f:.]+)\](?::\d{1,5})?|(\d+(?:\.\d+){3}):\d{1,5})$/i.exec(text.trim()) ?? [];
  return ipv6 ?? ipv4 ?? text;
}

/**
 * Parses an address, or a range in CIDR notation, like {@link parseAddressRange}; a single IPv6
 * address becomes its /64 network, like in {@link addressKey}.
 */
export function addressKeyRange(text: string): AddressRange | undefined {
  const range = parseAddressRange(text);
  const isSingleIpv6 = range?.bits.length === 1 + 128;
  return isSingleIpv6 ? parseAddressRange(addressKey(range.text)) : range;
}

/**
 * The bits of an address as `0` and `1`, after the digit of its kind, `4` or `6`: the addresses of a
 * range have a common prefix.
 *
 * @returns `undefined` if it is not an address.
 */
export function addressBits(address: string): string | undefined {
  const parsed = parse(address);
  return parsed && bitsOf(parsed);
}

function bitsOf(address: Address): string {
  let bits = address.kind() === "ipv4" ? "4" : "6";
  for (const byte of address.toByteArray()) bits += BITS_OF_BYTES[byte];
  return bits;
}

/** Whether the address belongs to the machine itself: 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return parse(address)?.range() === "loopback";
}

/**
 * Whether an address is one of the public Internet: neither of the machine itself, nor of a private,
 * local, shared or reserved network, nor for several receivers, nor unspecified (RFC 6890). The IPv4
 * address in one of NAT64 (RFC 6052) counts in its place.
 *
 * @returns false for texts that are not addresses.
 */
export function isPublicAddress(text: string): boolean {
  const address = parse(text);
  if (address === undefined) return false;
  if (address instanceof ipaddr.IPv4) return address.range() === "unicast";
  if (address.match(NAT64)) {
    return new ipaddr.IPv4(address.toByteArray().slice(12)).range() === "unicast";
  }
  // All that is assigned is in 2000::/3.
  return address.range() === "unicast" && (address.parts[0]! & 0xe000) === 0x2000;
}

function rangeOf(base: Address, prefixLength: number | undefined): AddressRange {
  const size = base.kind() === "ipv4" ? 32 : 128;
  const length = prefixLength ?? size;
  const bits = bitsOf(base).slice(0, 1 + length);
  return {
    text: length === size ? base.toString() : rangeText(base, length),
    bits,
    has: (address) => addressBits(address)?.startsWith(bits) === true,
  };
}

function rangeText(address: Address, bits: number): string {
  const mask = address.kind() === "ipv4"
    ? ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${bits}`)
    : ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${bits}`);
  return `${mask.toString()}/${bits}`;
}

/**
 * The bytes of an address in the notation of the system: IPv4 in four decimal parts only. An IPv6 address
 * loses its zone.
 *
 * @returns `undefined` for other texts.
 */
export function addressBytes(text: string): readonly number[] | undefined {
  return parseUnmapped(text)?.toByteArray();
}

/** Parses an address in the notation of the system: IPv4 in four decimal parts only. */
function parseUnmapped(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  if (!ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return new ipaddr.IPv6(address.parts); // without its zone
}

function parse(text: string): Address | undefined {
  const address = parseUnmapped(text);
  return address === undefined ? undefined : toPlain(address);
}

function toPlain(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
    ? address.toIPv4Address()
    : address;
}

/**
 * A map by address range, which finds the ranges that contain an address. A lookup takes one step per
 * prefix length in use, independent of the number of ranges.
 */
export class AddressRangeMap<Value> {
  readonly #values = new Map<string, Value>();
  /** Number of ranges by the length of their bits. */
  readonly #lengths = new Map<number, number>();

  set({ bits }: AddressRange, value: Value): void {
    if (!this.#values.has(bits)) this.#count(bits.length, 1);
    this.#values.set(bits, value);
  }

  /** Removes a range. @returns whether it existed. */
  delete({ bits }: AddressRange): boolean {
    if (!this.#values.delete(bits)) return false;
    this.#count(bits.length, -1);
    return true;
  }

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
