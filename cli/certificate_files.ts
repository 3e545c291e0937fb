import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { CliError, EXIT } from "./exit.ts";
import { readConfigured } from "./serve_config.ts";

/** A certificate chain and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads a certificate and its key, and checks that they match.
 *
 * @throws {CliError} with the file and its fault.
 */
export function readCertificate(certPath: string, keyPath: string): Certificate {
  const [cert, key] = [readConfigured(certPath), readConfigured(keyPath)];
  const certificate = parsed(
    () => new X509Certificate(Buffer.from(cert)),
    `Cannot use ${certPath}: it holds no certificate in PEM.`,
  );
  const privateKey = parsed(
    (): KeyObject => createPrivateKey(key),
    `Cannot use ${keyPath}: it holds no private key in PEM, or one with a passphrase.`,
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CliError(
      `Cannot use ${certPath} with ${keyPath}: the certificate belongs to another key.`,
      EXIT.usage,
    );
  }
  return { cert, key };
}

function parsed<Value>(parse: () => Value, fault: string): Value {
  try {
    return parse();
  } catch (error) {
    throw new CliError(fault, EXIT.usage, { cause: error });
  }
}
