import { renderUnicodeCompact } from "uqr";
import { isBehindProxy, isEverywhere, type ServeStatus, webAddress } from "./serve_banner.ts";

/**
 * The address for browsers as a QR code of half blocks, for a phone in the same network.
 *
 * @returns a line with the reason if no other machine could open it.
 */
export function serveQrCode(
  status: ServeStatus,
  localAddresses: readonly string[],
): string {
  if (!status.web) return "No QR code: --no-web serves no browsers.";
  if (isBehindProxy(status)) return "No QR code: only the proxy has an address for browsers.";
  const [lan] = isEverywhere(status.host) ? localAddresses : [status.host];
  if (lan === undefined || isLoopback(lan)) {
    return "No QR code: only this machine can reach the server. Try --host 0.0.0.0.";
  }
  return renderUnicodeCompact(webAddress(status, lan), { border: 2 });
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
