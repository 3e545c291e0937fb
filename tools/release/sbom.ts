/**
 * The software bill of materials of a release: what is in the executables, in the format CycloneDX 1.6.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ShippedPackage } from "./shipped_packages.ts";

/** What the document is about. */
export interface BomSubject {
  /** Of hubbub. */
  readonly version: string;
  /** Its licence, an SPDX expression. */
  readonly licence: string;
  /** Of Deno, whose runtime is in the executables. */
  readonly denoVersion: string;
  /** The time of the release. */
  readonly time: Date;
}

interface Component {
  readonly type: string;
  readonly "bom-ref": string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly unknown[];
  readonly hashes?: readonly unknown[];
}

/** The document, as JSON. It is the same for the same content: its serial number is made from it. */
export function billOfMaterials(
  subject: BomSubject,
  packages: readonly ShippedPackage[],
): string {
  const { version, licence, denoVersion, time } = subject;
  const own = component("application", "hubbub", version, `pkg:generic/hubbub@${version}`, licence);
  const runtime = component(
    "platform",
    "deno",
    denoVersion,
    `pkg:github/denoland/deno@v${denoVersion}`,
    "MIT",
  );
  const libraries = packages.map(libraryOf);
  const content = {
    metadata: { timestamp: `${time.toISOString().slice(0, 19)}Z`, component: own },
    components: [runtime, ...libraries],
    dependencies: [
      {
        ref: own["bom-ref"],
        dependsOn: [
          runtime["bom-ref"],
          ...packages.filter(({ isDirect }) => isDirect).map(packageUrl),
        ],
      },
      ...packages.map((each) => ({
        ref: packageUrl(each),
        dependsOn: each.dependencies.map((id) =>
          packageUrl(packages.find((other) => idOf(other) === id)!)
        ),
      })),
    ],
  };
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function component(
  type: string,
  name: string,
  version: string,
  purl: string,
  licence: string | undefined,
): Component {
  const licenses = licence === undefined ? undefined : { licenses: [licenceChoice(licence)] };
  return { type, "bom-ref": purl, name, version, purl, ...licenses };
}

/** An id, or an expression of several ids. */
function licenceChoice(licence: string): unknown {
  return /\s/.test(licence) ? { expression: licence } : { license: { id: licence } };
}

function libraryOf(shipped: ShippedPackage): Component {
  const { version, licence, integrity } = shipped;
  const [, group, name] = /^(?:(@[^/]+)\/)?(.+)$/.exec(shipped.name)!;
  const { name: bare, ...rest } = component(
    "library",
    name!,
    version,
    packageUrl(shipped),
    licence,
  );
  return {
    ...rest,
    ...(group === undefined ? {} : { group }),
    name: bare,
    hashes: [hash(integrity)],
  };
}

function hash(integrity: string): unknown {
  const [, base64] = /^sha512-(.+)$/.exec(integrity) ?? [];
  if (base64 === undefined) throw new Error(`Cannot read the integrity ${integrity}: no SHA-512`);
  return { alg: "SHA-512", content: Uint8Array.fromBase64(base64).toHex() };
}

/** The address of a package in the form of package URLs, such as `pkg:npm/%40noble/hashes@2.4.0`. */
function packageUrl({ name, version }: ShippedPackage): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function idOf({ name, version }: ShippedPackage): string {
  return `${name}@${version}`;
}

/** A UUID made from a text (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const digest = createHash("sha256").update(text).digest("hex");
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join("-");
}
