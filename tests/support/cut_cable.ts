import { hasCommand, run } from "./commands.ts";

/** Two machines of their own, as network namespaces with a cable between them. */
export interface TwoMachines extends AsyncDisposable {
  /** The namespace of the server, and its address. */
  readonly server: string;
  readonly address: string;
  /** The namespace of the client. */
  readonly client: string;
  /** Unanswered probes after which the system of the server closes a connection: few, where that can be
   * set. */
  readonly probes: number;
  /** Cuts the cable: nothing arrives any more, and neither side is notified. */
  cut(): Promise<void>;
}

/** The number of probes of Linux is 9. Fewer take less time to wait for. */
const FEW_PROBES = 3;

const PROBES = "/proc/sys/net/ipv4/tcp_keepalive_probes";

/** Makes them; `undefined` where that takes a right that the user has not, or programs that are not
 * there, which is printed. */
export async function twoMachines(): Promise<TwoMachines | undefined> {
  if (Deno.build.os !== "linux" || !hasCommand("ip", "-V") || !hasCommand("nc", "-h")) {
    console.log("skipped: network namespaces need Linux, ip and nc");
    return undefined;
  }
  const id = crypto.randomUUID().slice(0, 6);
  const [server, client] = [`hubbub-s-${id}`, `hubbub-c-${id}`];
  const [near, far] = [`hs${id}`, `hc${id}`];
  const remove = async () => {
    for (const name of [server, client]) await run("ip", "netns", "del", name);
  };
  const steps = [
    ["netns", "add", server],
    ["netns", "add", client],
    ["link", "add", near, "netns", server, "type", "veth", "peer", "name", far, "netns", client],
    ["-n", server, "addr", "add", "10.213.0.1/24", "dev", near],
    ["-n", client, "addr", "add", "10.213.0.2/24", "dev", far],
    ["-n", server, "link", "set", "lo", "up"],
    ["-n", server, "link", "set", near, "up"],
    ["-n", client, "link", "set", far, "up"],
  ];
  for (const step of steps) {
    const { code, stderr } = await run("ip", ...step);
    if (code === 0) continue;
    console.log(`skipped: network namespaces cannot be made here: ${stderr.trim()}`);
    await remove();
    return undefined;
  }
  const set = `echo ${FEW_PROBES} > ${PROBES}; cat ${PROBES}`;
  const { stdout } = await run("ip", "netns", "exec", server, "sh", "-c", set);
  return {
    server,
    probes: Number(stdout),
    address: "10.213.0.1",
    client,
    async cut() {
      // The server's own end stays up, as that of a switch would.
      await run("ip", "-n", client, "link", "set", far, "down");
    },
    [Symbol.asyncDispose]: remove,
  };
}
