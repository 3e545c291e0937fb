/** What opens an address in the browser that somebody has chosen, by system. */
const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** For all other systems: the desktops agreed on it. */
const FREE_DESKTOP_OPENER = ["xdg-open"];

/** How long an opener may take to fail. Some go on as long as the browser is open. */
const PATIENCE_MILLISECONDS = 3000;

/**
 * Opens an address in the default browser.
 *
 * @param environment what the opener's environment has in place of this program's.
 * @returns whether that worked, as far as one can tell.
 */
export async function openUrl(
  url: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const [command = "", ...parameters] = OPENERS[Deno.build.os] ?? FREE_DESKTOP_OPENER;
  try {
    const child = new Deno.Command(command, {
      args: [...parameters, url],
      env: environment,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), PATIENCE_MILLISECONDS);
    });
    const ended = child.status.then(({ success }) => success);
    return await Promise.race([ended, patience]).finally(() => clearTimeout(timer));
  } catch {
    return false; // there is no such command, or it may not be run
  }
}
