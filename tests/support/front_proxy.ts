/** nginx and haproxy in front of a server: run from a folder of their own, as the user of the test. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "../../tools/peers.ts";
import { connectFrom } from "./addresses.ts";

/** How long a proxy may take to listen. */
const STARTING_MILLISECONDS = 120_000;

/** Whether a program is here, also where only root looks; if not, says what is left out. */
export function hasProxy(program: "nginx" | "haproxy"): boolean {
  if (pathOf(program) !== undefined) return true;
  console.log(`left out: tests with ${program}, which is not on this machine`);
  return false;
}

/** The module of nginx for connections other than HTTP, as Debian has it. */
const NGINX_STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so";

/** Whether nginx can forward connections other than HTTP. */
export const hasNginxStream = existsSync(NGINX_STREAM);

/**
 * Starts haproxy. A configuration that causes a warning is refused.
 *
 * @param ports where it is going to listen.
 */
export function startHaproxy(configuration: string, ports: readonly number[]) {
  return startProxy("haproxy", configuration, ports, (_, file) => ["-db", "-dW", "-f", file]);
}

/**
 * Starts nginx.
 *
 * @param configuration of its `http` part.
 * @param stream the whole part for connections other than HTTP.
 */
export function startNginx(configuration: string, ports: readonly number[], stream = "") {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${name};`).join(" ");
  const modules = stream === "" ? "" : `load_module ${NGINX_STREAM};`;
  const whole = `${modules} daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http {
  access_log off;
  ${temporary}
  ${configuration}
}
${stream}
`;
  return startProxy("nginx", whole, ports, (folder, file) => [
    "-p",
    folder,
    "-c",
    file,
    "-e",
    "stderr",
  ]);
}

async function startProxy(
  program: "nginx" | "haproxy",
  configuration: string,
  ports: readonly number[],
  parameters: (folder: string, file: string) => string[],
): Promise<AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: `hubbub-${program}-` });
  const file = join(folder, "proxy.conf");
  await Deno.writeTextFile(file, configuration);
  const child = new Deno.Command(pathOf(program)!, {
    args: parameters(folder, file),
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const printed = new Response(child.stderr).text();
  let hasEnded = false;
  const ended = child.status.then(() => void (hasEnded = true));
  const end = async () => {
    if (!hasEnded) child.kill("SIGKILL");
    await ended;
    await printed;
    await Deno.remove(folder, { recursive: true });
  };
  for (const port of ports) {
    if (await isListening(port, () => hasEnded)) continue;
    await end();
    throw new Error(`${program} does not listen on ${port}: ${await printed}`);
  }
  return { [Symbol.asyncDispose]: end };
}

async function isListening(port: number, isHopeless: () => boolean): Promise<boolean> {
  const deadline = performance.now() + STARTING_MILLISECONDS;
  while (performance.now() < deadline && !isHopeless()) {
    const socket = await connectFrom("127.0.0.1", port).catch(() => undefined);
    if (socket !== undefined) {
      socket.destroy();
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
