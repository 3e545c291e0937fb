/**
 * The options of an encrypted connection, and the transport that they ask for.
 *
 * @module
 */

import { Option } from "@commander-js/extra-typings";
import { join } from "node:path";
import {
  KnownHosts,
  openTls,
  openTlsOnFirstUse,
  type OpenTransport,
  type TlsOptions,
} from "../client/mod.ts";
import { hostPort } from "../protocol/mod.ts";
import { configFolder } from "./config_folder.ts";
import { tell } from "./standard_streams.ts";
import { fingerprint } from "./options/values.ts";

/** The variable from which the runtime reads the certificate authorities to trust. */
const CA_STORES = "DENO_TLS_CA_STORE";

/** The file with the certificates of known servers, in the configuration folder. */
const KNOWN_HOSTS = "known_hosts";

/** The options. */
export const ENCRYPTION_OPTIONS = {
  tls: () =>
    new Option(
      "--tls",
      "encrypt; a certificate that no authority of this machine has signed is remembered at the " +
        "first connection, and no other is trusted from then on",
    ).env("HUBBUB_TLS"),
  firstUse: () =>
    new Option("--no-first-use", "refuse such a certificate unless it is known already")
      .env("HUBBUB_NO_FIRST_USE"),
  fingerprint: () =>
    new Option(
      "--fingerprint <sha256>",
      "encrypt, and trust the one certificate that has it, with any signer",
    ).argParser(fingerprint).env("HUBBUB_FINGERPRINT"),
  insecure: () =>
    new Option("--insecure", "encrypt, and trust any server")
      .conflicts("fingerprint").env("HUBBUB_INSECURE"),
};

/** The options of {@link ENCRYPTION_OPTIONS}, as they were given. */
export interface GivenEncryption extends TlsOptions {
  readonly tls?: boolean | undefined;
  readonly firstUse: boolean;
}

/** How to connect; `undefined` for plain TCP. */
export function encryptedTransport(
  { tls, firstUse, fingerprint, insecure }: GivenEncryption,
): OpenTransport | undefined {
  if (insecure === true) {
    tell("Anybody could pretend to be the server: --insecure trusts any certificate.");
  }
  if (fingerprint !== undefined || insecure === true) return openTls({ fingerprint, insecure });
  if (tls !== true) return undefined;
  // The default is Mozilla's list alone. The runtime reads the variable at the first use.
  if (Deno.env.get(CA_STORES) === undefined) Deno.env.set(CA_STORES, "system,mozilla");
  const folder = configFolder();
  if (folder === undefined) return openTls();
  const path = join(folder, KNOWN_HOSTS);
  return openTlsOnFirstUse({
    knownHosts: new KnownHosts(path),
    isTrusting: firstUse,
    onRemembered: (endpoint, found) =>
      tell(
        // After "Connecting ..." on a terminal.
        `${Deno.stdout.isTerminal() ? "\n" : ""}The certificate of ${
          hostPort(endpoint)
        } is signed ` +
          `by no authority that this machine trusts. It is remembered in ${path}. Compare its ` +
          `fingerprint with the one that the server has printed: ${found}`,
      ),
  });
}
