/**
 * The runtime of the program. `deno task npm` bundles the program with node.ts in place of deno.ts.
 *
 * @module
 */

export { runtime } from "./deno.ts";
export type {
  ChildProcess,
  ListeningAcceptor,
  ListenOptions,
  Permission,
  PermissionNeeds,
  ProcessStatus,
  Runtime,
  SpawnOptions,
  StandardDescriptor,
} from "./runtime.ts";
