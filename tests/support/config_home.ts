import { tmpdir } from "node:os";

const BASE = `${tmpdir()}/hubbub-config-${Deno.pid}-${crypto.randomUUID()}`;

let folders = 0;

globalThis.addEventListener("unload", () => {
  try {
    Deno.removeSync(BASE, { recursive: true });
  } catch {
    // No program has made it.
  }
});

/** A folder of its own for the configuration of each program that a test starts: none remembers the
 * servers of another, and none those of whoever runs the tests. */
export function configHome(): string {
  return `${BASE}/${folders++}`;
}
