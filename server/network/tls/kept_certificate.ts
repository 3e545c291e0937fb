import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { createSelfSigned } from "./self_signed.ts";
import { checkCredentials, type TlsCredentials } from "./tls_credentials.ts";

const CERTIFICATE_FILE = "tls_cert.pem";
const KEY_FILE = "tls_key.pem";

/** A kept certificate is replaced this long before it is over, so that no client sees it run out. */
const RENEWAL_MILLISECONDS = 30 * 24 * 60 * 60 * 1000;

/**
 * The self-signed certificate of a folder: the one that is there, as long as it is good, so that
 * clients know the server by its fingerprint; otherwise a new one, which is kept there.
 *
 * @param hosts for which it has to be good, besides `localhost`.
 * @param now Unix milliseconds.
 * @throws the error of the file system where the files cannot be read or written.
 */
export function keptSelfSigned(
  directory: string,
  hosts: readonly string[],
  now: number,
): TlsCredentials {
  const kept = readKept(directory);
  if (kept !== undefined && isGood(kept, hosts, now)) return kept;
  const made = createSelfSigned(hosts, now);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeSecret(join(directory, KEY_FILE), made.key);
  writeSecret(join(directory, CERTIFICATE_FILE), made.cert);
  return made;
}

function readKept(directory: string): TlsCredentials | undefined {
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

function isGood(kept: TlsCredentials, hosts: readonly string[], now: number): boolean {
  try {
    const certificate = checkCredentials(kept);
    return Date.parse(certificate.validTo) - now > RENEWAL_MILLISECONDS &&
      hosts.every((host) =>
        (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined
      );
  } catch {
    return false; // half written, or of another origin
  }
}

/** Writes a file that only its owner can read, whoever could read the one before. */
function writeSecret(path: string, text: string): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600, flag: "wx" });
}
