import { readFileSync } from "node:fs";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** A certificate and its key, in PEM. */
export interface TlsCredentials {
  /** The server's own certificate first, then those that lead to its authority. */
  readonly cert: string;
  /** The private key, as PEM. */
  readonly key: string;
}

/** A certificate and a key that cannot be used. The message is a sentence that says why. */
export class TlsError extends Error {
  /** Tells it from other errors in a log. */
  override readonly name = "TlsError";
}

/**
 * Checks that a certificate and a key can be read and belong together. The runtime would only find
 * out at the first handshake.
 *
 * @returns the certificate.
 * @throws {TlsError} where they cannot, or do not.
 */
export function checkCredentials({ cert, key }: TlsCredentials): X509Certificate {
  const certificate = readCertificate(cert);
  if (!certificate.checkPrivateKey(readKey(key))) {
    throw new TlsError(
      "Cannot use the TLS certificate: the key is not the certificate's own. Give the key with " +
        "which it was made.",
    );
  }
  return certificate;
}

/**
 * Reads a certificate and its key from files.
 *
 * @param paths of the two.
 * @throws {TlsError} that names the file that cannot be read.
 */
export function readCredentialFiles(paths: TlsCredentials): TlsCredentials {
  return { cert: readText(paths.cert), key: readText(paths.key) };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new TlsError(`Cannot read ${path}: ${(cause as Error).message}.`, { cause });
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new TlsError(
      "Cannot read the TLS certificate: it is not in PEM, which begins with -----BEGIN CERTIFICATE-----.",
      { cause },
    );
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new TlsError(
      "Cannot read the TLS key: it is not a private key in PEM, or it is encrypted. Give it " +
        "without a passphrase.",
      { cause },
    );
  }
}
