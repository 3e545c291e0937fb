/** The files of a release: archives, manifests of package managers, the list of what is in it. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parse } from "deno-std/yaml/parse.js";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { sha256 } from "../../tools/base_runtime.ts";
import { ENTRY, executableName, TARGETS } from "../../tools/compile_arguments.ts";
import { readEmbedded } from "../../tools/embedded_data.ts";
import { compileOnStandIn } from "../../tools/embedding.ts";
import { neededBy } from "../../tools/needed_modules.ts";
import { archiveName, executablePath } from "../../tools/release/archives.ts";
import { filledIn, manifests, parseSums } from "../../tools/release/manifests.ts";
import { NPM_ARCHIVE } from "../../tools/npm.ts";
import { billOfMaterials } from "../../tools/release/sbom.ts";
import { shippedPackages } from "../../tools/release/shipped_packages.ts";
import { REPOSITORY, runDeno, taskWords, withEmptyFolder } from "../../tools/repository.ts";
import { withStage } from "../../tools/stage.ts";
import { hasCommand, run } from "../support/commands.ts";

const ADDRESS = "https://example.org/owner/hubbub";
const OLD_NPM_ARCHIVE = "hubbub-0.0.1.tgz";
const TIME = new Date("2026-11-30T12:00:00Z");

/** Makes a release of executables that are texts. */
async function release(folder: string, changed?: string) {
  const sums: string[] = [];
  for (const target of TARGETS) {
    const name = executableName(target, { isNamedAfterTarget: true });
    const bytes = new TextEncoder().encode(`executable for ${target}`);
    await Deno.writeFile(join(folder, name), bytes);
    sums.push(`${await sha256(bytes)}  ${name}\n`);
  }
  await Deno.writeTextFile(join(folder, "SHA256SUMS"), sums.join(""));
  for (const name of [NPM_ARCHIVE, OLD_NPM_ARCHIVE]) {
    await Deno.writeTextFile(join(folder, name), "npm package");
  }
  if (changed !== undefined) await Deno.writeTextFile(join(folder, changed), "another one");
  const words = taskWords(config.tasks.package.command).slice(1);
  return await runDeno([...words, "--dist", folder, "--repository", ADDRESS], {
    SOURCE_DATE_EPOCH: String(TIME.getTime() / 1000),
  });
}

const ignore = Deno.build.os === "windows" || !hasCommand("zip", "-v") ||
  !hasCommand("unzip", "-v");

Deno.test({
  name: "release: has all files, their sums, and the same bytes each time",
  ignore,
  fn: () =>
    withEmptyFolder(async (folder) => {
      const { success, stderr } = await release(folder);
      assert(success, stderr);
      const output = join(folder, "release");
      const names = (await Array.fromAsync(Deno.readDir(output))).map(({ name }) => name).sort();
      const sums = parseSums(await Deno.readTextFile(join(output, "SHA256SUMS")));
      assertEquals(names, ["SHA256SUMS", ...sums.keys()].sort());
      for (const name of [...TARGETS.map(archiveName), "hubbub.cdx.json", NPM_ARCHIVE]) {
        assert(names.includes(name), name);
      }
      assert(!names.includes(OLD_NPM_ARCHIVE), "an archive of an earlier build");
      for (const [name, sum] of sums) {
        assertEquals(await sha256(await Deno.readFile(join(output, name))), sum, name);
      }
      assert((await release(folder)).success);
      assertEquals(parseSums(await Deno.readTextFile(join(output, "SHA256SUMS"))), sums);

      for (const target of TARGETS) {
        const unpacked = join(folder, `unpacked ${target}`);
        await Deno.mkdir(unpacked);
        const archive = join(output, archiveName(target));
        const { code } = archive.endsWith(".zip")
          ? await run("unzip", "-q", archive, "-d", unpacked)
          : await run("tar", "-xzf", archive, "-C", unpacked);
        assertEquals(code, 0, target);
        const executable = join(unpacked, `hubbub-${target}`, executablePath(target));
        assertEquals(await Deno.readTextFile(executable), `executable for ${target}`);
        assertEquals((await Deno.stat(executable)).mode! & 0o777, 0o755, target);
      }
      const linux = await run("tar", "-tzf", join(output, archiveName("x86_64-unknown-linux-gnu")));
      for (
        const path of [
          "lib/systemd/system/hubbub.service",
          "share/bash-completion/completions/hubbub",
          "share/doc/hubbub/LICENSE",
          "share/doc/hubbub/THIRD_PARTY_LICENSES.txt",
          "share/fish/vendor_completions.d/hubbub.fish",
          "share/man/man1/hubbub-bench-connect.1",
          "share/man/man1/hubbub.1",
          "share/zsh/site-functions/_hubbub",
        ]
      ) assert(linux.stdout.includes(`/${path}\n`), path);
      // A folder in an archive would change the one that it is unpacked over.
      assert(!/\/$/m.test(linux.stdout), linux.stdout);
    }),
});

Deno.test("release: an executable that is not the one of the build is refused", async () => {
  await withEmptyFolder(async (folder) => {
    const { success, stderr } = await release(folder, "hubbub-aarch64-apple-darwin");
    assertEquals([success, stderr], [
      false,
      "hubbub-aarch64-apple-darwin is not the one of SHA256SUMS. Run deno task compile:all first.\n",
    ]);
  });
  await withEmptyFolder(async (folder) => {
    const words = taskWords(config.tasks.package.command).slice(1);
    const missing = await runDeno([...words, "--dist", folder, "--repository", ADDRESS]);
    assertMatch(missing.stderr, /^Cannot read .*SHA256SUMS\. Run deno task compile:all first\.\n$/);
    const usage = await runDeno([...words, "--dist", folder]);
    assertMatch(usage.stderr, /^Usage: .*\nGive the address of the repository/);
  });
});

/** Sums of archives that exist nowhere. */
const SUMS = new Map(TARGETS.map((target, index) => [archiveName(target), `${index}`.repeat(64)]));
const VALUES = { version: "1.2.3", repository: ADDRESS, sums: SUMS };

Deno.test("manifests: each address has the sum of its archive", async () => {
  const formula = (await manifests(VALUES)).get("hubbub.rb")!;
  const pairs = [...formula.matchAll(/url "(.*)"\n +sha256 "(.*)"/g)].map((
    [, url, sum],
  ) => [url, sum]);
  const unix = TARGETS.map(archiveName).filter((name) => name.endsWith(".tar.gz"));
  assertEquals(
    pairs.sort(),
    unix.map((name) => [`${ADDRESS}/releases/download/v1.2.3/${name}`, SUMS.get(name)]).sort(),
  );
  for (const [name, text] of await manifests(VALUES)) {
    assert(!/\{\{|\}\}|Template/.test(text), name);
  }
});

Deno.test("manifests: a value that is missing or could be code is refused", () => {
  const refused = (template: string, values: Partial<typeof VALUES>, message: string) =>
    assertThrows(() => filledIn(template, { ...VALUES, ...values }), Error, message);
  refused("{{sha256 other.zip}}", {}, "Cannot fill in {{sha256 other.zip}}: no value is given");
  refused("{{nothing}}", {}, "Cannot fill in {{nothing}}: no value is given");
  refused("{{version}}", { version: '1.0.0"; system("x")' }, "Cannot fill in {{version}}");
  refused(
    "{{repository}}",
    { repository: "http://example.org/a" },
    "Cannot fill in {{repository}}",
  );
  refused(
    "{{sha256 a}}",
    { sums: new Map([["a", "short"]]) },
    "Cannot fill in {{sha256 a}}: short",
  );
});

Deno.test({
  name: "manifests: the formula is valid Ruby",
  ignore: !hasCommand("ruby", "--version"),
  fn: () =>
    withEmptyFolder(async (folder) => {
      const path = join(folder, "hubbub.rb");
      await Deno.writeTextFile(path, (await manifests(VALUES)).get("hubbub.rb")!);
      assertEquals(await run("ruby", "-wc", path), { code: 0, stdout: "Syntax OK\n", stderr: "" });
    }),
});

/** What the published JSON schemas of winget (version 1.10.0) demand of each file. */
const WINGET = {
  "hubbub.hubbub.yaml": ["DefaultLocale"],
  "hubbub.hubbub.installer.yaml": ["Installers"],
  "hubbub.hubbub.locale.en-US.yaml": [
    ...["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"],
  ],
} as const;
const TYPES = ["version", "installer", "defaultLocale"];

Deno.test("manifests: winget's files have what its schemas demand", async () => {
  const files = await manifests(VALUES);
  for (const [index, [name, required]] of Object.entries(WINGET).entries()) {
    const manifest = parse(files.get(name)!) as Record<string, unknown>;
    for (const key of required) assert(manifest[key] !== undefined, `${name} ${key}`);
    const { PackageIdentifier, PackageVersion, ManifestType, ManifestVersion } = manifest;
    assertEquals([PackageIdentifier, PackageVersion, ManifestType, ManifestVersion], [
      "hubbub.hubbub",
      "1.2.3",
      TYPES[index],
      "1.10.0",
    ]);
  }
  const installer = parse(files.get("hubbub.hubbub.installer.yaml")!) as {
    readonly InstallerType: string;
    readonly NestedInstallerType: string;
    readonly NestedInstallerFiles: readonly Record<string, string>[];
    readonly Installers: readonly Record<string, string>[];
  };
  assertEquals([installer.InstallerType, installer.NestedInstallerType], ["zip", "portable"]);
  const archive = archiveName("x86_64-pc-windows-msvc");
  assertEquals(installer.Installers, [{
    Architecture: "x64",
    InstallerUrl: `${ADDRESS}/releases/download/v1.2.3/${archive}`,
    InstallerSha256: SUMS.get(archive)!,
  }]);
  assertEquals(installer.NestedInstallerFiles, [{
    RelativeFilePath: `hubbub-x86_64-pc-windows-msvc\\${executablePath("x86_64-pc-windows-msvc")}`,
    PortableCommandAlias: "hubbub",
  }]);
  const locale = parse(files.get("hubbub.hubbub.locale.en-US.yaml")!) as {
    readonly Tags: readonly string[];
    readonly ShortDescription: string;
  };
  assert(locale.Tags.length <= 16 && new Set(locale.Tags).size === locale.Tags.length);
  assert(locale.ShortDescription.length <= 256);
});

interface Bom {
  readonly components: readonly {
    readonly purl: string;
    readonly licenses?: readonly unknown[];
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

Deno.test("bill of materials: has every embedded package, with licence and integrity", async () => {
  const packages = await shippedPackages();
  const subject = { version: "1.2.3", licence: "MIT", denoVersion: "2.9.6", time: TIME };
  const text = billOfMaterials(subject, packages);
  assertEquals(text, billOfMaterials(subject, await shippedPackages()));
  const { components, dependencies } = JSON.parse(text) as Bom;
  const lock = JSON.parse(await Deno.readTextFile(join(REPOSITORY, "deno.lock"))).npm;
  // The code of the page contains one more.
  const inPage = config.imports["@noble/hashes"].replace("npm:", "");
  const ids = [...(await neededBy(ENTRY)).packages, inPage];
  const embedded = readEmbedded(await withStage(compileOnStandIn)).packages;
  assertEquals(embedded.filter((id) => !ids.includes(id)), []);
  assertEquals(components.length, ids.length + 1, "with the runtime, and nothing else");
  for (const id of ids) {
    const found = components.find(({ purl }) => purl === `pkg:npm/${id.replace(/^@/, "%40")}`);
    assert(found !== undefined, id);
    assertEquals(found.licenses?.length, 1, id);
    const [{ alg, content }] = found.hashes as [{ alg: string; content: string }];
    const [, { integrity }] = Object.entries(lock).find(([key]) =>
      key === id || key.startsWith(`${id}_`)
    ) as [string, { integrity: string }];
    assertEquals([alg, `sha512-${Uint8Array.fromHex(content).toBase64()}`], ["SHA-512", integrity]);
  }
  const refs = new Set(dependencies.map(({ ref }) => ref));
  for (const { dependsOn } of dependencies) {
    for (const ref of dependsOn) assert(refs.has(ref) || ref.startsWith("pkg:github/"), ref);
  }
  for (const { name, licenceText } of packages) {
    assert(licenceText !== undefined || name === "@assemblyscript/loader", name);
  }
});
