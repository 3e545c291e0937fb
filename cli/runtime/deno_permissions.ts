/**
 * Least privilege: the permissions of the threads of a running server.
 *
 * The network thread is a worker with permissions of its own, which are a part of the program's; the
 * thread that makes its checkpoints inherits them. The main thread drops all of its permissions
 * once the server listens: it only waits for signals and prints the log.
 *
 * @module
 */

import { addressBytes } from "../../server/addresses/network_address.ts";
import { filePath } from "./file_path.ts";
import type { PermissionNeeds } from "./runtime.ts";

/** Read when `ws` is loaded. */
const VARIABLES = ["WS_NO_BUFFER_UTIL", "WS_NO_UTF_8_VALIDATE"];

/** The host name is one that browsers may request; whether the data folder is writable depends on the
 * user; the bound on all queues depends on the memory; the threads of passwords lower their priority. */
const SYSTEM = ["hostname", "uid", "gid", "systemMemoryInfo", "setPriority"] as const;

/** The file that the server opens to find out how many it may open. */
const DEV_NULL = Deno.build.os === "windows" ? "\\\\.\\nul" : "/dev/null";

const KINDS = ["read", "write", "net", "env", "sys", "run", "ffi", "import"] as const;

/**
 * Whether a worker may have permissions of its own: an option of Deno that is unstable, and on by the
 * project's configuration and in the executable. It is off in a program that was loaded from a
 * registry; using it there would end the process.
 */
const HAS_WORKER_PERMISSIONS = Deno.build.standalone || import.meta.url.startsWith("file:");

export interface WorkerPermissions {
  readonly deno?: { readonly permissions: Deno.PermissionOptionsObject };
}

/** The permissions that the network thread needs and the program has. */
export async function networkThreadPermissions(
  needs: PermissionNeeds,
): Promise<WorkerPermissions> {
  if (!HAS_WORKER_PERMISSIONS) return {};
  const { data, reread } = needs;
  const addresses = [needs, ...(needs.metricsListen ? [needs.metricsListen] : [])];
  // The address of the name in a webhook may change.
  const connects = (needs.hooksOut ?? []).length > 0;
  const net = (await Promise.all(addresses.map(listeningGrants))).flat();
  const read = [DEV_NULL, ...(data === null ? [] : [data]), ...reread, ...ownModules()];
  const write = data === null ? [] : [data];
  return {
    deno: {
      permissions: {
        read: await granted(read, (path) => ({ name: "read", path })),
        write: await granted(write, (path) => ({ name: "write", path })),
        net: connects ? "inherit" : await granted(net, (host) => ({ name: "net", host })),
        env: await granted(VARIABLES, (variable) => ({ name: "env", variable })),
        sys: await granted(SYSTEM, (kind) => ({ name: "sys", kind })),
        run: false,
        ffi: false,
        import: false,
      },
    },
  };
}

/** Drops every permission that the main thread of a running server does not need. */
export async function dropPermissions(): Promise<void> {
  // Without permissions of its own, the network thread shares those of the main thread.
  const kept: readonly string[] = HAS_WORKER_PERMISSIONS ? [] : ["read", "write", "net"];
  for (const name of KINDS) {
    if (!kept.includes(name)) await Deno.permissions.revoke({ name } as Deno.PermissionDescriptor);
  }
}

/** The modules of the threads that make checkpoints and search, which start when they are needed. Modules in
 * an executable need no permission. */
function ownModules(): string[] {
  if (Deno.build.standalone) return [];
  return [
    filePath(new URL("../../server/", import.meta.url)),
    filePath(new URL("../../protocol/", import.meta.url)),
  ];
}

/** The permissions to listen at an address, and to connect to it as the listener's watchdog does. */
async function listeningGrants(
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string[]> {
  const addresses = addressBytes(host) === undefined ? await addressesOf(host) : [];
  const own = host === "0.0.0.0" || host === "::" ? ["127.0.0.1", "::1"] : [];
  // The port that the system will choose is unknown.
  const suffix = port === 0 ? "" : `:${port}`;
  return [host, ...addresses, ...own].map((each) =>
    (addressBytes(each)?.length === 16 ? `[${each}]` : each) + suffix
  );
}

async function addressesOf(name: string): Promise<string[]> {
  try {
    const { lookup } = await import("node:dns/promises");
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    // Listening fails as well, with the reason.
    return [];
  }
}

/** The descriptors that are granted to the program: a worker cannot have more. */
async function granted<Kind extends string>(
  all: readonly Kind[],
  descriptor: (each: Kind) => Deno.PermissionDescriptor,
): Promise<Kind[]> {
  const states = await Promise.all(
    all.map(async (each) => (await Deno.permissions.query(descriptor(each))).state),
  );
  return all.filter((_, index) => states[index] === "granted");
}
