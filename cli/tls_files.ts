import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { CliError, EXIT, fileFault } from "./exit.ts";

/** A certificate chain and its key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads a certificate and its key, and checks that they belong together.
 *
 * @throws {CliError} that says what is wrong with which file.
 */
export async function readCertificate(certPath: string, keyPath: string): Promise<Certificate> {
  const [cert, key] = await Promise.all([readText(certPath), readText(keyPath)]);
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

async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new CliError(`Cannot read ${path}: ${fileFault(error)}`, EXIT.usage, { cause: error });
  }
}

function parsed<Value>(parse: () => Value, fault: string): Value {
  try {
    return parse();
  } catch (error) {
    throw new CliError(fault, EXIT.usage, { cause: error });
  }
}
