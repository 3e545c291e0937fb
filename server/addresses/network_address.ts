/** Network bits of an IPv6 address; the host chooses the others (RFC 4291, 2.5.1). */
const IPV6_NETWORK_BITS = 64;

const BITS_OF_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(2).padStart(8, "0"));

/** The bytes of an address: 4 of IPv4, 16 of IPv6. */
type Bytes = readonly number[];

const IPV4_BYTES = 4;

/** The first bytes of an IPv4 address that is written as one of IPv6 (RFC 4291, 2.5.5.2). */
const MAPPED: Bytes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

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
  const bytes = parse(address);
  return bytes === undefined ? address : textOf(bytes);
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
  return isIpv4(parsed) ? textOf(parsed) : rangeText(parsed, IPV6_NETWORK_BITS);
}

/**
 * Parses an address, or a range in CIDR notation. Host bits of a range are cleared.
 *
 * @returns `undefined` for other texts.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [base = "", prefix, ...rest] = text.trim().split("/");
  const parsed = addressBytes(base);
  if (parsed === undefined || rest.length > 0) return undefined;
  const size = 8 * parsed.length;
  if (prefix === undefined) return rangeOf(toPlain(parsed), undefined);
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > size) return undefined;
  const isMappedRange = isMapped(parsed) && Number(prefix) >= 8 * MAPPED.length;
  return isMappedRange
    ? rangeOf(toPlain(parsed), Number(prefix) - 8 * MAPPED.length)
    : rangeOf(parsed, Number(prefix));
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

function bitsOf(address: Bytes): string {
  let bits = isIpv4(address) ? "4" : "6";
  for (const byte of address) bits += BITS_OF_BYTES[byte];
  return bits;
}

/** Whether the address belongs to the machine itself: 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  const parsed = parse(address);
  if (parsed === undefined) return false;
  return isIpv4(parsed) ? parsed[0] === 127 : textOf(parsed) === "::1";
}

function rangeOf(base: Bytes, prefixLength: number | undefined): AddressRange {
  const size = 8 * base.length;
  const length = prefixLength ?? size;
  const bits = bitsOf(base).slice(0, 1 + length);
  return {
    text: length === size ? textOf(base) : rangeText(base, length),
    bits,
    has: (address) => addressBits(address)?.startsWith(bits) === true,
  };
}

function rangeText(address: Bytes, bits: number): string {
  const network = address.map((byte, index) =>
    byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * index)))
  );
  return `${textOf(network)}/${bits}`;
}

const IPV4_PART = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${Array(IPV4_BYTES).fill(IPV4_PART).join("\\.")}$`);

/** The digits of an IPv6 address, before its zone. */
const IPV6 = /^([\da-f:.]+)(?:%[\da-z.:-]+)?$/i;

/**
 * The bytes of an address in the notation of the system: IPv4 in four decimal parts only. An IPv6 address
 * loses its zone.
 *
 * @returns `undefined` for other texts.
 */
export function addressBytes(text: string): Bytes | undefined {
  const ipv4 = IPV4.exec(text);
  if (ipv4 !== null) return ipv4.slice(1).map(Number);
  const [, address] = IPV6.exec(text) ?? [];
  const host = address === undefined ? undefined : URL.parse(`http://[${address}]/`)?.hostname;
  if (host === undefined) return undefined;
  // The URL has each of the eight groups but zeros in a row, in hexadecimal.
  const [before = [], behind = []] = host.slice(1, -1).split("::").map((groups) =>
    groups.split(":").filter(Boolean).map((group) => parseInt(group, 16))
  );
  const zeros = Array<number>(8 - before.length - behind.length).fill(0);
  return [...before, ...zeros, ...behind].flatMap((group) => [group >> 8, group & 0xff]);
}

function textOf(address: Bytes): string {
  if (isIpv4(address)) return address.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, index) => (256 * address[2 * index]! + address[2 * index + 1]!).toString(16),
  );
  // The URL has the canonical text (RFC 5952).
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

function parse(text: string): Bytes | undefined {
  const address = addressBytes(text);
  return address === undefined ? undefined : toPlain(address);
}

function isIpv4({ length }: Bytes): boolean {
  return length === IPV4_BYTES;
}

function isMapped(address: Bytes): boolean {
  return !isIpv4(address) && MAPPED.every((byte, index) => address[index] === byte);
}

function toPlain(address: Bytes): Bytes {
  return isMapped(address) ? address.slice(MAPPED.length) : address;
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
