import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readBoundedFile } from "../../bounded_file.ts";

/** A certificate and its key, in PEM. */
export interface TlsCredentials {
  /** The server's own certificate first, then those that lead to its authority. */
  readonly cert: string;
  /** The private key. */
  readonly key: string;
}

/** A certificate or key is unusable. The message is a sentence with the reason. */
export class TlsError extends Error {
  /** Identifies the error in a log. */
  override readonly name = "TlsError";
}

/**
 * Checks that a certificate and a key are readable and belong together, which the runtime only does
 * at the first handshake.
 *
 * @returns the certificate.
 * @throws {TlsError} when they are not.
 */
export function checkCredentials({ cert, key }: TlsCredentials): X509Certificate {
  const certificate = readCertificate(cert);
  if (!certificate.checkPrivateKey(readKey(key))) {
    throw new TlsError(
      "Cannot use the TLS certificate: the key does not belong to it. Give the key that it was " +
        "made with.",
    );
  }
  return certificate;
}

/**
 * Reads a certificate and its key from files.
 *
 * @param paths of the certificate and the key.
 * @throws {TlsError} when a file cannot be read.
 */
export function readCredentialFiles(paths: TlsCredentials): TlsCredentials {
  return { cert: readText(paths.cert), key: readText(paths.key) };
}

function readText(path: string): string {
  try {
    return readBoundedFile(path);
  } catch (cause) {
    throw new TlsError(`Cannot read ${path}: ${(cause as Error).message}.`, { cause });
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new TlsError(
      "Cannot read the TLS certificate: it is not in PEM format, which begins with -----BEGIN CERTIFICATE-----.",
      { cause },
    );
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new TlsError(
      "Cannot read the TLS key: it is not a private key in PEM format, or it is encrypted. " +
        "Give it without a passphrase.",
      { cause },
    );
  }
}
