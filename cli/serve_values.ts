/**
 * Converts the values of the options of `hubbub serve` to the options of the server.
 *
 * @module
 */

import { CliError, EXIT } from "./exit.ts";
import type { SERVE_OPTIONS, ServeValues } from "./options/serve.ts";
import { traceOptionsOf } from "./options/trace.ts";
import { runtime } from "./runtime/mod.ts";
import { isPrivateUrl } from "../server/hooks/hook_url.ts";
import type { ServerOptions } from "../server/server.ts";

const GIBIBYTE = 1_073_741_824;

/** The options of the server; the caller reads the certificate. */
export function serverOptionsOf(
  values: ServeValues,
): Omit<
  ServerOptions,
  | "tls"
  | "serverName"
  | "build"
  | "stopMilliseconds"
  | "watchMilliseconds"
  | "newRoomsPerHour"
  | "tlsHandshakeMilliseconds"
  | "proxyHeaderMilliseconds"
  | "requestMilliseconds"
  | "hookOutMilliseconds"
> {
  return {
    host: values.host,
    port: values.port,
    backlog: values.backlog,
    serverPassword: values.password ?? null,
    operators: values.operator,
    maxAccounts: values.maxAccounts,
    registrationsPerHour: values.registrations,
    rooms: values.rooms,
    data: values.data ?? null,
    maxRooms: values.maxRooms,
    maxRoomsPerClient: values.maxRoomsPerClient,
    maxRoomClients: values.maxRoomClients,
    roomRetentionMilliseconds: values.roomRetention,
    historyLimit: values.historyLimit ?? null,
    databaseBytes: values.dataSize,
    sync: values.sync,
    graceMilliseconds: values.grace,
    maxClients: values.maxClients,
    maxPending: values.maxPending ?? null,
    maxPerAddress: values.maxPerIp,
    rate: values.rate,
    registrationMilliseconds: values.registrationTimeout,
    lineTimeoutMilliseconds: values.lineTimeout,
    pingMilliseconds: values.pingInterval,
    slowClients: values.slowClients,
    outbox: { ...values.queueSoft, hardBytes: values.queueHard },
    outboxTotalBytes: values.queueTotal ?? defaultQueueTotal(),
    files: values.files,
    maxFileBytes: values.maxFile,
    storeFilesBytes: values.storeFiles === 0 ? null : values.storeFiles,
    publicUrl: values.publicUrl ?? null,
    web: values.web,
    allowedOrigins: values.allowOrigin,
    allowedHosts: values.allowHost,
    hooks: values.hook,
    hooksOut: values.hookOut,
    hookOutSecret: values.hookOutSecret ?? null,
    hookOutPrivate: values.hookOutPrivate,
    metricsToken: values.metricsToken ?? null,
    metricsListen: values.metricsListen ?? null,
    tlsOnly: values.tlsOnly,
    trustedProxies: values.trustedProxy,
    // Without the addresses of the network: they change, and the certificate would change with them.
    tlsHosts: ["0.0.0.0", "::"].includes(values.host) ? [] : [values.host],
    logLevel: values.logLevel,
    trace: traceOptionsOf(values) ?? null,
  };
}

/** A quarter of the memory of the machine, at most 1 GiB; 1 GiB without permission to read its size. */
function defaultQueueTotal(): number {
  if (!runtime.isGranted({ name: "sys", kind: "systemMemoryInfo" })) return GIBIBYTE;
  return Math.min(GIBIBYTE, Math.floor(runtime.totalMemory() / 4));
}

/** Options that cannot be used together. */
export class TogetherError extends CliError {
  /** @param option the one to correct first. */
  constructor(message: string, readonly option: keyof typeof SERVE_OPTIONS) {
    super(message, EXIT.usage);
  }
}

/**
 * Checks the options against each other.
 *
 * @throws {TogetherError} that names the options.
 */
export function checkTogether(values: ServeValues): void {
  const fail = (option: keyof typeof SERVE_OPTIONS, what: string) => {
    throw new TogetherError(what, option);
  };
  if (values.queueHard < values.queueSoft.softBytes) {
    fail("queue-hard", "Cannot use --queue-hard: it must not be less than --queue-soft.");
  }
  if (values.operator.length > 0 && values.data === undefined) {
    fail(
      "operator",
      "Cannot use --operator without --data: operators need accounts, and those are kept in a data " +
        "folder. Add --data DIR.",
    );
  }
  if (values.storeFiles !== 0 && values.data === undefined) {
    fail(
      "store-files",
      "Cannot use --store-files without --data: stored files are kept in a data folder. Add --data DIR.",
    );
  }
  if (values.storeFiles !== 0 && !values.web) {
    fail("store-files", "Cannot use --store-files with --no-web: stored files are read over HTTP.");
  }
  if (values.hook.length > 0 && !values.web) {
    fail("hook", "Cannot use --hook with --no-web: webhooks arrive over HTTP.");
  }
  const tokens = values.hook.map(({ token }) => token);
  const again = values.hook.find(({ token }, index) => tokens.indexOf(token) < index);
  if (again !== undefined) {
    fail(
      "hook",
      `Cannot use --hook: the token of ${again.room} is that of another webhook, too. Give each its own.`,
    );
  }
  if (!values.hookOutPrivate && values.hookOut.some(({ url }) => isPrivateUrl(new URL(url)))) {
    fail(
      "hook-out",
      "Cannot use --hook-out with a private address, or without https. Add --hook-out-private to allow " +
        "that.",
    );
  }
  const hasCertificate = values.tlsCert !== undefined;
  if (hasCertificate !== (values.tlsKey !== undefined)) {
    fail(
      values.tlsCert ? "tls-cert" : "tls-key",
      "--tls-cert and --tls-key need each other. Give both.",
    );
  }
  if (hasCertificate && values.tls !== "off") {
    fail("tls", "Cannot use --tls self-signed together with --tls-cert. Give one of them.");
  }
  const hasTls = hasCertificate || values.tls !== "off" || values.trustedProxy.length > 0;
  if (values.tlsOnly && !hasTls) {
    fail(
      "tls-only",
      "Cannot use --tls-only without TLS. Add --tls self-signed, --tls-cert and --tls-key, or the " +
        "--trusted-proxy that encrypts.",
    );
  }
}
