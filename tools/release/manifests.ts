/**
 * The manifests for package managers, made of the templates in `packaging/`: a formula for Homebrew and
 * the three files of winget.
 *
 * @module
 */

import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";

/** Templates in `packaging/`, and the names of the files that are made of them. */
export const MANIFESTS: Readonly<Record<string, string>> = {
  "homebrew/hubbub.rb": "hubbub.rb",
  "winget/version.yaml": "hubbub.hubbub.yaml",
  "winget/installer.yaml": "hubbub.hubbub.installer.yaml",
  "winget/locale.en-US.yaml": "hubbub.hubbub.locale.en-US.yaml",
};

/** What a release fills in. */
export interface ManifestValues {
  readonly version: string;
  /** Address of the repository, without a slash at its end. */
  readonly repository: string;
  /** SHA-256 sums in hexadecimal, by the names of the archives. */
  readonly sums: ReadonlyMap<string, string>;
}

const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/;
const ADDRESS = /^https:\/\/[\w.-]+(:\d+)?(\/[\w.-]+)+$/;
const SUM = /^[0-9a-f]{64}$/;

/**
 * Fills in a template.
 *
 * @throws {Error} that names a value that is missing or has another form: the text is code elsewhere.
 */
export function filledIn(template: string, { version, repository, sums }: ManifestValues): string {
  const values: Readonly<Record<string, readonly [value: string | undefined, form: RegExp]>> = {
    version: [version, VERSION],
    repository: [repository, ADDRESS],
    download: [`${repository}/releases/download/v${version}`, ADDRESS],
  };
  return template
    // The comment is about the template.
    .replace(/^# Template: .*\n/, "")
    .replaceAll(/\{\{([^}]*)\}\}/g, (_, key: string) => {
      const [, archive] = /^sha256 (.+)$/.exec(key) ?? [];
      const [value, form] = archive === undefined
        ? values[key] ?? [undefined, SUM]
        : [sums.get(archive), SUM];
      if (value !== undefined && form.test(value)) return value;
      throw new Error(`Cannot fill in {{${key}}}: ${value ?? "no value is given"}`);
    });
}

/** All manifests by the names of their files. */
export async function manifests(values: ManifestValues): Promise<Map<string, string>> {
  const filled = new Map<string, string>();
  for (const [template, name] of Object.entries(MANIFESTS)) {
    const text = await Deno.readTextFile(join(REPOSITORY, "packaging", template));
    filled.set(name, filledIn(text, values));
  }
  return filled;
}

/** Reads the output of `sha256sum`: names and sums. */
export function parseSums(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^([0-9a-f]{64})[ ][ *](.+)$/gm)].map(([, sum, name]) => [name!, sum!]),
  );
}
