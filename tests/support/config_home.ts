let base: string | undefined;
let folders = 0;

globalThis.addEventListener("unload", () => {
  if (base !== undefined) Deno.removeSync(base, { recursive: true });
});

/** A configuration folder of its own for each program that a test starts: it has no known servers of
 * other programs, nor those of the user who runs the tests. It is removed at the end. */
export function configHome(): string {
  base ??= Deno.makeTempDirSync({ prefix: "hubbub-config-" });
  return `${base}/${folders++}`;
}
