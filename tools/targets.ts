/** The systems that a release has an executable for, as `deno compile --target` names them. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
  "x86_64-pc-windows-msvc",
] as const;

/** One of {@link TARGETS}. */
export type Target = (typeof TARGETS)[number];

/** True if executables are made for a system; `Deno.build.target` may be another one. */
export function isTarget(name: string): name is Target {
  return (TARGETS as readonly string[]).includes(name);
}

/** The file name of an executable, such as `hubbub` or `hubbub-x86_64-pc-windows-msvc.exe`. */
export function executableName(target: Target, { isNamedAfterTarget = false } = {}): string {
  const name = isNamedAfterTarget ? `hubbub-${target}` : "hubbub";
  return target.includes("windows") ? `${name}.exe` : name;
}
