let base: string | undefined;
let folders = 0;

globalThis.addEventListener("unload", () => {
  if (base !== undefined) Deno.removeSync(base, { recursive: true });
});

/** A folder of its own for the configuration of each program that a test starts: none remembers the
 * servers of another, and none those of whoever runs the tests. It is removed at the end. */
export function configHome(): string {
  base ??= Deno.makeTempDirSync({ prefix: "hubbub-config-" });
  return `${base}/${folders++}`;
}
