import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { readVariable, REPLACEMENT } from "./options/variables.ts";
import { runtime } from "./runtime/mod.ts";

/** The system properties that determine the folder. */
export interface SystemProperties {
  readonly os: string;
  readonly variable: (name: string) => string | undefined;
  /** The user's own folder. */
  readonly home: () => string | null | undefined;
}

const SYSTEM: SystemProperties = {
  os: runtime.os,
  variable: readVariable,
  home: homedir,
};

/**
 * The folder in which the platform keeps the configuration of a user's programs, with hubbub's own in
 * it: `$XDG_CONFIG_HOME/hubbub` if that is set, else `~/.config/hubbub`,
 * `~/Library/Application Support/hubbub` on macOS or `%APPDATA%\hubbub` on Windows.
 *
 * @returns `undefined` if it cannot be determined, or its path is not UTF-8. It need not exist.
 */
export function configFolder(system: SystemProperties = SYSTEM): string | undefined {
  try {
    const parent = parentFolder(system);
    return parent?.includes(REPLACEMENT) !== false ? undefined : join(parent, "hubbub");
  } catch {
    // The program has no permission to read them.
    return undefined;
  }
}

function parentFolder({ os, variable, home }: SystemProperties): string | undefined {
  // A relative path is to be ignored (XDG Base Directory Specification).
  const set = [variable("XDG_CONFIG_HOME"), ...os === "windows" ? [variable("APPDATA")] : []]
    .find((folder) => folder !== undefined && (isAbsolute(folder) || folder.includes(REPLACEMENT)));
  const own = home();
  if (set !== undefined || !own || !isAbsolute(own)) return set;
  if (os === "darwin") return join(own, "Library", "Application Support");
  return os === "windows" ? join(own, "AppData", "Roaming") : join(own, ".config");
}
