import { createSelfSigned } from "./network/tls/self_signed.ts";
import { storedSelfSigned } from "./network/tls/stored_certificate.ts";
import type { TlsCredentials } from "./network/tls/tls_credentials.ts";
import { TlsGate } from "./network/tls/tls_gate.ts";
import type { Log } from "./observability/log.ts";
import type { ServerOptions } from "./options.ts";
import type { Clock } from "./scheduling/clock.ts";
import { StorageError } from "./storage/storage_error.ts";

type TlsOptions = Pick<ServerOptions, "tls" | "tlsHosts" | "tlsHandshakeMilliseconds" | "data">;

/**
 * Makes the TLS of a server; `undefined` for a server without it.
 *
 * @throws {TlsError} if the certificate and its key cannot be used.
 * @throws {StorageError} if its own certificate cannot be stored with the data.
 */
export async function createTlsGate(
  options: TlsOptions,
  clock: Pick<Clock, "now">,
  log: Log,
): Promise<TlsGate | undefined> {
  const { tls, tlsHandshakeMilliseconds } = options;
  if (tls === null) return undefined;
  const credentials = tls === "self-signed" ? await selfSigned(options, clock.now()) : tls;
  return new TlsGate(credentials, tlsHandshakeMilliseconds, log);
}

/** A certificate of the server's own; with data it stays the same. */
async function selfSigned({ data, tlsHosts }: TlsOptions, now: number): Promise<TlsCredentials> {
  if (data === null) return await createSelfSigned(tlsHosts, now);
  try {
    return await storedSelfSigned(data, tlsHosts, now);
  } catch (error) {
    throw StorageError.of("open", data, error);
  }
}
