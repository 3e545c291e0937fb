/** What Linux tells of a listening socket: `/proc/net/tcp`. */
export interface ListeningSocket {
  /** Connections that stand, and that the program has not accepted yet. */
  readonly waiting: number;
}

/** Whether the kernel can be asked. */
export const canAskKernel = Deno.build.os === "linux";

/** The ports of the clients that the kernel has connected to a port of 127.0.0.1, in order. */
export function establishedTo(port: number): number[] {
  const ESTABLISHED = "01";
  return readTable().split("\n").flatMap((line) => {
    const [, local = "", remote, state] = line.trim().split(/\s+/);
    if (remote !== `0100007F:${hexPort(port)}` || state !== ESTABLISHED) return [];
    return [parseInt(local.split(":")[1]!, 16)];
  }).sort();
}

/** A port as the kernel's tables write it. */
function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, "0");
}

/** What the kernel knows of the listener on a port of 127.0.0.1. */
export function listeningSocket(port: number): ListeningSocket {
  const LISTEN = "0A";
  for (const line of readTable().split("\n")) {
    const [, local, , state, queues] = line.trim().split(/\s+/);
    if (local !== `0100007F:${hexPort(port)}` || state !== LISTEN) continue;
    return { waiting: parseInt(queues!.split(":")[1]!, 16) };
  }
  throw new Error(`no program listens on port ${port}`);
}

/** Deno itself reads nothing in `/proc` without every permission there is. */
function readTable(): string {
  const { stdout } = new Deno.Command("cat", { args: ["/proc/net/tcp"] }).outputSync();
  return new TextDecoder().decode(stdout);
}
