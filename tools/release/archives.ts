/**
 * The archives of a release: one for each system, with the executable and all that belongs beside it.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { bashScript } from "../../cli/completions/bash.ts";
import { commandLineOf } from "../../cli/completions/completion_tree.ts";
import { fishScript } from "../../cli/completions/fish.ts";
import { powershellScript } from "../../cli/completions/powershell.ts";
import { zshScript } from "../../cli/completions/zsh.ts";
import { program } from "../../cli/main.ts";
import { executableName, type Target } from "../compile_arguments.ts";
import { removeIfThere, REPOSITORY } from "../repository.ts";
import { type ManualEdition, manualPages } from "./man_pages.ts";

/** The files of an archive but the executable, by their paths: texts. */
export type ArchiveFiles = ReadonlyMap<string, string>;

/** The name of the archive of a system. That of Windows is a zip, which its users can open. */
export function archiveName(target: Target): string {
  return `${baseName(target)}.${isWindows(target) ? "zip" : "tar.gz"}`;
}

/** The name of its one folder. */
function baseName(target: Target): string {
  return `hubbub-${target}`;
}

function isWindows(target: Target): boolean {
  return target.includes("windows");
}

/** The path of the executable in an archive, below its folder. */
export function executablePath(target: Target): string {
  return isWindows(target) ? executableName(target) : `bin/${executableName(target)}`;
}

/** Documents that belong to every copy of the program. */
const DOCUMENTS = ["LICENSE", "README.md", "CHANGELOG.md"];

/**
 * The texts of an archive. Elsewhere than on Windows the folders are those of a prefix such as
 * `/usr/local`, so that unpacking installs.
 *
 * @param licences the licences of the packages in the executable.
 */
export async function archiveFiles(
  target: Target,
  edition: ManualEdition,
  licences: string,
): Promise<ArchiveFiles> {
  const commands = await program();
  const line = commandLineOf(commands);
  const documents: [string, string][] = [["THIRD_PARTY_LICENSES.txt", licences]];
  for (const name of DOCUMENTS) documents.push([name, await repositoryFile(name)]);
  if (isWindows(target)) {
    return new Map([...documents, ["completions/hubbub.ps1", powershellScript(line)]]);
  }
  const pages = [...manualPages(commands, edition)];
  return new Map([
    ...documents.map(([name, text]) => [`share/doc/hubbub/${name}`, text] as const),
    ...pages.map(([name, page]) => [`share/man/man1/${name}`, page] as const),
    ["share/bash-completion/completions/hubbub", bashScript(line)],
    ["share/zsh/site-functions/_hubbub", zshScript(line)],
    ["share/fish/vendor_completions.d/hubbub.fish", fishScript(line)],
    ...(target.includes("linux") ? await systemdFiles() : []),
  ]);
}

async function systemdFiles(): Promise<[string, string][]> {
  return [
    ["lib/systemd/system/hubbub.service", await repositoryFile("packaging/systemd/hubbub.service")],
    ["share/doc/hubbub/systemd-tls.conf", await repositoryFile("packaging/systemd/tls.conf")],
  ];
}

function repositoryFile(path: string): Promise<string> {
  return Deno.readTextFile(join(REPOSITORY, path));
}

/** What {@link writeArchive} packs. */
export interface ArchiveContent {
  readonly target: Target;
  /** Path of the executable. */
  readonly executable: string;
  readonly files: ArchiveFiles;
  /** The time of all files. */
  readonly time: Date;
}

/**
 * Packs an archive, the same bytes for the same content: in the order of the names, with one time, and
 * with no user of this machine.
 *
 * @param staging an empty folder.
 * @param folder the destination; its path must be absolute.
 */
export async function writeArchive(
  { target, executable, files, time }: ArchiveContent,
  staging: string,
  folder: string,
): Promise<string> {
  const base = baseName(target);
  const own = executablePath(target);
  for (const [path, text] of files) await writeStaged(join(staging, base, path), text);
  await Deno.mkdir(dirname(join(staging, base, own)), { recursive: true });
  await Deno.copyFile(executable, join(staging, base, own));
  await Deno.chmod(join(staging, base, own), 0o755);
  const paths = [...files.keys(), own].sort().map((path) => `${base}/${path}`);
  for (const path of paths) await Deno.utime(join(staging, path), time, time);
  const name = archiveName(target);
  const output = join(folder, name);
  // Folders are left out: unpacking into a prefix must not change those that are there.
  await (isWindows(target) ? zip(output, staging, paths) : tar(output, staging, paths));
  return name;
}

async function writeStaged(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, 0o644);
}

async function tar(output: string, folder: string, paths: readonly string[]): Promise<void> {
  const parameters = ["--owner=0", "--group=0", "--numeric-owner", "--format=ustar"];
  const plain = output.replace(/\.gz$/, "");
  await run("tar", [...parameters, "--create", "--file", plain, ...paths], folder);
  // Without name and time.
  await run("gzip", ["--no-name", "--best", "--force", plain], folder);
}

async function zip(output: string, folder: string, paths: readonly string[]): Promise<void> {
  // It would add to one that is there.
  await removeIfThere(output);
  // Without owners and other fields of this system.
  await run("zip", ["-X", "-q", output, ...paths], folder);
}

async function run(command: string, parameters: readonly string[], cwd: string): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...parameters],
    cwd,
    // The times in a zip are local.
    env: { TZ: "UTC" },
    stdin: "null",
  }).output();
  if (success) return;
  // zip prints its errors on standard output.
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  throw new Error(`Cannot run ${command}: ${text}`);
}
