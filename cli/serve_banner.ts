import { counted, hostPort } from "../protocol/mod.ts";

/** The state of a server that listens. */
export interface ServeStatus {
  /** The command that runs this program: see `Runtime.programName`. */
  readonly program: string;
  readonly host: string;
  readonly port: number;
  readonly maxClients: number;
  readonly backlog: number;
  /** The address of the metrics, if it is another one. */
  readonly metrics?: { readonly host: string; readonly port: number } | undefined;
  readonly web: boolean;
  /** SHA-256 fingerprint of the certificate; absent without TLS. */
  readonly fingerprint: string | undefined;
  /** True if a client can verify the certificate only by its fingerprint. */
  readonly isSelfSigned: boolean;
  readonly tlsOnly: boolean;
  readonly data: string | undefined;
}

const LABEL_WIDTH = 12;

/** The text that `serve` prints when it listens: the address, alone on its line for scripts, then ways
 * to join.
 *
 * @param localAddresses of this machine on its networks.
 */
export function serveBanner(status: ServeStatus, localAddresses: readonly string[]): string {
  const { program, host, port, maxClients, backlog, web, fingerprint, tlsOnly, data } = status;
  const { metrics } = status;
  const here = isEverywhere(host) ? "127.0.0.1" : host;
  const rows: [label: string, text: string][] = [];
  const isEncrypted = fingerprint !== undefined;
  if (isEncrypted) {
    const pin = status.isSelfSigned ? ` --fingerprint ${fingerprint}` : "";
    rows.push(["encrypted", `${program} chat --tls${pin} ${hostPort({ host: here, port })}`]);
    rows.push(["fingerprint", fingerprint]);
    if (status.isSelfSigned && data === undefined) {
      rows.push([
        "",
        "new at each start: clients that know the last one refuse it; --data keeps it",
      ]);
    }
  }
  if (!tlsOnly) {
    rows.push([isEncrypted ? "unencrypted" : "join with", `nc ${here} ${port}`]);
    rows.push(["or with", `${program} chat ${hostPort({ host: here, port })}`]);
  }
  const isProxied = isBehindProxy(status);
  if (isProxied) rows.push(["join through", "the trusted proxy, which has to encrypt"]);
  else if (web) rows.push(["or open", webAddress(status, here)]);
  if (isEverywhere(host) && !isProxied) {
    for (const address of localAddresses) rows.push(["on the LAN", lanWays(status, address)]);
  }
  if (metrics !== undefined) {
    rows.push(["metrics at", `http://${hostPort(metrics)}/metrics`]);
  }
  if (data !== undefined) rows.push(["data in", data]);
  rows.push(["room for", `${counted(maxClients, "client")}, ${backlog} waiting to be accepted`]);
  rows.push(["stop with", "Ctrl+C"]);
  return [
    `Listening on ${hostPort({ host, port })}`,
    ...rows.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)} ${text}`),
  ].join("\n");
}

/** Whether clients connect only through a proxy, which encrypts in place of the server. */
export function isBehindProxy({ tlsOnly, fingerprint }: ServeStatus): boolean {
  return tlsOnly && fingerprint === undefined;
}

/** How to join from another machine on the network. */
function lanWays(status: ServeStatus, address: string): string {
  const { port, web, fingerprint } = status;
  const line = fingerprint !== undefined
    ? `hubbub chat --tls ${hostPort({ host: address, port })}`
    : `nc ${address} ${port}`;
  return web ? `${line}   or   ${webAddress(status, address)}` : line;
}

export function webAddress({ fingerprint, port }: ServeStatus, host: string): string {
  return `${fingerprint === undefined ? "http" : "https"}://${hostPort({ host, port })}/`;
}

export function isEverywhere(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
