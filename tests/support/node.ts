import { delimiter, join } from "node:path";

/** The oldest Node that runs the npm package. */
const OLDEST = [22, 19] as const;

/** The folder of a Node in the PATH that runs the npm package; without one, it reports that. */
export function nodeFolder(): string | undefined {
  const folders = [Deno.env.get("HUBBUB_TEST_NODE"), ...Deno.env.get("PATH")!.split(delimiter)];
  const found = folders.find((folder) => folder !== undefined && isRecent(folder));
  if (found === undefined) {
    console.log(
      `left out: tests with Node ${OLDEST.join(".")} or later, which is not on this machine; ` +
        "HUBBUB_TEST_NODE names its folder",
    );
  }
  return found;
}

function isRecent(folder: string): boolean {
  try {
    const { stdout } = new Deno.Command(join(folder, "node"), { args: ["--version"] }).outputSync();
    const [major = 0, minor = 0] = new TextDecoder().decode(stdout).slice(1).split(".").map(Number);
    return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  } catch {
    return false;
  }
}
