import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { createSelfSigned } from "./self_signed.ts";
import { checkCredentials, type TlsCredentials } from "./tls_credentials.ts";
import { makePrivateFolder } from "../../private_folder.ts";

const CERTIFICATE_FILE = "tls_cert.pem";
const KEY_FILE = "tls_key.pem";

/** A stored certificate is replaced this long before it expires. */
const RENEWAL_MILLISECONDS = 30 * 24 * 60 * 60 * 1000;

/**
 * The self-signed certificate of a folder: the stored one while it is valid, so that its fingerprint
 * stays, otherwise a new one, which is stored.
 *
 * @param hosts that it must be valid for, besides `localhost`.
 * @param now Unix milliseconds.
 * @throws the error of the file system when the files cannot be read or written.
 */
export async function storedSelfSigned(
  directory: string,
  hosts: readonly string[],
  now: number,
): Promise<TlsCredentials> {
  const stored = readStored(directory);
  if (stored !== undefined && isValid(stored, hosts, now)) return stored;
  const made = await createSelfSigned(hosts, now);
  makePrivateFolder(directory);
  writeSecret(join(directory, KEY_FILE), made.key);
  writeSecret(join(directory, CERTIFICATE_FILE), made.cert);
  return made;
}

function readStored(directory: string): TlsCredentials | undefined {
  try {
    return {
      cert: readFileSync(join(directory, CERTIFICATE_FILE), "utf8"),
      key: readFileSync(join(directory, KEY_FILE), "utf8"),
    };
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
    return undefined; // the first start
  }
}

function isValid(stored: TlsCredentials, hosts: readonly string[], now: number): boolean {
  try {
    const certificate = checkCredentials(stored);
    return Date.parse(certificate.validTo) - now > RENEWAL_MILLISECONDS &&
      hosts.every((host) =>
        (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined
      );
  } catch {
    return false; // half written, or not ours
  }
}

/** Replaces a file by one that only its owner can read. */
function writeSecret(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
}
