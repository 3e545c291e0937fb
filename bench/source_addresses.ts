/**
 * Connections that are made from one address of this machine to one port. Linux has 28,232 ports for
 * them by default, macOS and Windows 16,384; some are taken or not free again yet.
 */
const CONNECTIONS_PER_ADDRESS = 16_000;

/**
 * Addresses to connect from, so that each has ports enough: 127.0.0.1, 127.0.0.2 and so on. None
 * where one is enough, or where the target is not on this machine's 127.0.0.0/8.
 */
export function sourceAddresses(host: string, connections: number): string[] {
  const needed = Math.ceil(connections / CONNECTIONS_PER_ADDRESS);
  if (needed < 2 || !/^(localhost|127(\.\d+){3})$/.test(host)) return [];
  return Array.from({ length: needed }, (_, index) => `127.0.0.${index + 1}`);
}
