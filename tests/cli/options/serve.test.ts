import { assertEquals, assertThrows } from "@std/assert";
import { CliError } from "../../../cli/exit.ts";
import { SERVE_OPTIONS, type ServeValues } from "../../../cli/options/serve.ts";
import { checkTogether, serverOptionsOf } from "../../../cli/serve_values.ts";
import { faultOf, Settings } from "../../../cli/options/settings.ts";
import { type OptionDefinition, parserOf } from "../../../cli/options/table.ts";
import { DEFAULT_SERVER_OPTIONS, LIVE_OPTIONS } from "../../../server/mod.ts";

/** The values that such a command line gives. */
function values(given: Record<string, string>): ServeValues {
  for (const [name, text] of Object.entries(given)) {
    const definition = SERVE_OPTIONS[name as keyof typeof SERVE_OPTIONS];
    assertEquals(faultOf(parserOf(definition), text), undefined, name);
  }
  return new Settings(SERVE_OPTIONS, { "command line": new Map(Object.entries(given)) }).values;
}

Deno.test("serve options: the defaults are those of the library", () => {
  const expected: Record<string, unknown> = { ...DEFAULT_SERVER_OPTIONS };
  const found: Record<string, unknown> = serverOptionsOf(values({}));
  for (const [name, value] of Object.entries(found)) {
    if (name !== "tlsHosts") assertEquals(value, expected[name], name);
  }
  assertEquals(found.tlsHosts, ["127.0.0.1"]);
  assertEquals(serverOptionsOf(values({ host: "0.0.0.0" })).tlsHosts, []);
});

/** A value of each option of the server that is not its default. */
const SAMPLES: Readonly<Record<string, string>> = {
  host: "::1",
  port: "0",
  backlog: "1",
  password: "open sesame",
  operator: "Ann,Bob",
  "max-accounts": "20",
  registrations: "off",
  rooms: "tea, coffee",
  data: "/srv/chat",
  "max-rooms": "7",
  "max-rooms-per-client": "8",
  "max-room-clients": "9",
  "room-retention": "2d",
  "history-limit": "10",
  "data-size": "2MiB",
  sync: "full",
  grace: "1500ms",
  "max-clients": "2",
  "max-pending": "3",
  "max-per-ip": "3",
  rate: "off",
  "registration-timeout": "2m",
  "line-timeout": "300ms",
  "ping-interval": "off",
  "slow-clients": "close",
  "queue-soft": "1MiB:3s",
  "queue-hard": "2MB",
  "queue-total": "100MB",
  web: "no",
  files: "no",
  "max-file": "2GB",
  "store-files": "3GB",
  "public-url": "https://example.org/chat/",
  "allow-origin": "https://a.example,http://b.example:8080/",
  "allow-host": "chat.lan, B\u00fccher.example",
  hook: "alerts=0123456789abcdef",
  "hook-out": "alerts=https://Hooks.example.org/T0/B0, tea=http://127.1:8065",
  "hook-out-secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  "hook-out-private": "yes",
  "metrics-token": "s3cret",
  "metrics-listen": "[::1]:9090",
  "tls-only": "yes",
  "trusted-proxy": "10.1.2.3/8,::ffff:192.0.2.1, 2001:DB8::1",
  "log-level": "off",
  trace: "yes",
  "trace-delay": "100ms",
  segment: "3",
};

Deno.test("serve options: each reaches the server", () => {
  const options = serverOptionsOf(values(SAMPLES));
  assertEquals(options, {
    host: "::1",
    port: 0,
    backlog: 1,
    serverPassword: "open sesame",
    operators: ["Ann", "Bob"],
    maxAccounts: 20,
    registrationsPerHour: 0,
    rooms: ["tea", "coffee"],
    data: "/srv/chat",
    maxRooms: 7,
    maxRoomsPerClient: 8,
    maxRoomClients: 9,
    roomRetentionMilliseconds: 172_800_000,
    historyLimit: 10,
    databaseBytes: 2_097_152,
    sync: "full",
    graceMilliseconds: 1500,
    maxClients: 2,
    maxPending: 3,
    maxPerAddress: 3,
    rate: null,
    registrationMilliseconds: 120_000,
    lineTimeoutMilliseconds: 300,
    outboxTotalBytes: 100_000_000,
    pingMilliseconds: 0,
    slowClients: "close",
    outbox: { softBytes: 1_048_576, softMilliseconds: 3000, hardBytes: 2_000_000 },
    files: false,
    maxFileBytes: 2_000_000_000,
    storeFilesBytes: 3_000_000_000,
    publicUrl: "https://example.org/chat",
    web: false,
    allowedOrigins: ["https://a.example", "http://b.example:8080"],
    allowedHosts: ["chat.lan", "xn--bcher-kva.example"],
    hooks: [{ room: "alerts", token: "0123456789abcdef" }],
    hooksOut: [
      { room: "alerts", url: "https://hooks.example.org/T0/B0" },
      { room: "tea", url: "http://127.0.0.1:8065/" },
    ],
    hookOutSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    hookOutPrivate: true,
    metricsToken: "s3cret",
    metricsListen: { host: "::1", port: 9090 },
    tlsOnly: true,
    trustedProxies: ["10.0.0.0/8", "192.0.2.1", "2001:db8::1"],
    tlsHosts: ["::1"],
    logLevel: "off",
    trace: { lines: true, delayMilliseconds: 100, segmentBytes: 3 },
  });
});

Deno.test("serve options: those that change in a running server are live options of it", () => {
  const before: Record<string, unknown> = serverOptionsOf(values({}));
  const live: readonly string[] = LIVE_OPTIONS;
  for (const name of Object.keys(SERVE_OPTIONS)) {
    const { isLive = false } =
      SERVE_OPTIONS[name as keyof typeof SERVE_OPTIONS] as OptionDefinition;
    const sample = SAMPLES[name];
    const after = sample === undefined ? {} : serverOptionsOf(values({ [name]: sample }));
    const changed = Object.entries(after)
      .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key]))
      .map(([key]) => key);
    const reaches = name === "log-format" || changed.some((key) => live.includes(key));
    assertEquals(reaches, isLive, name);
    assertEquals(changed.every((key) => live.includes(key)), isLive || changed.length === 0, name);
  }
});

const TOGETHER: readonly (readonly [given: Record<string, string>, message: string])[] = [
  [
    { operator: "Op" },
    "Cannot use --operator without --data: operators need accounts, and those are kept in a data " +
    "folder. Add --data DIR.",
  ],
  [{ "queue-hard": "1KiB" }, "Cannot use --queue-hard: it must not be less than --queue-soft."],
  [
    { "tls-key": "k.pem" },
    "--tls-cert and --tls-key need each other. Give both.",
  ],
  [
    { "tls-key": "k.pem", "tls-cert": "c.pem", tls: "self-signed" },
    "Cannot use --tls self-signed together with --tls-cert. Give one of them.",
  ],
  [
    { "store-files": "1GB" },
    "Cannot use --store-files without --data: stored files are kept in a data folder. Add --data DIR.",
  ],
  [
    { "store-files": "1GB", data: "x", web: "no" },
    "Cannot use --store-files with --no-web: stored files are read over HTTP.",
  ],
  [
    { hook: "alerts=0123456789abcdef", web: "no" },
    "Cannot use --hook with --no-web: webhooks arrive over HTTP.",
  ],
  [
    { hook: "alerts=0123456789abcdef,tea=0123456789abcdeg,ci=0123456789abcdef" },
    "Cannot use --hook: the token of ci is that of another webhook, too. Give each its own.",
  ],
  [
    { "tls-only": "yes" },
    "Cannot use --tls-only without TLS. Add --tls self-signed, --tls-cert and --tls-key, or the " +
    "--trusted-proxy that encrypts.",
  ],
];

for (const [given, message] of TOGETHER) {
  Deno.test(`serve options: ${Object.keys(given).join(" and ")} are refused together`, () => {
    const error = assertThrows(() => checkTogether(values(given)), CliError) as CliError;
    assertEquals(error.message, message);
    assertEquals(error.exitCode, 2);
  });
}

Deno.test("serve options: these may be given together", () => {
  checkTogether(values({}));
  checkTogether(values({ tls: "self-signed", "tls-only": "yes" }));
  checkTogether(values({ "trusted-proxy": "192.0.2.1", "tls-only": "yes" }));
  checkTogether(values({ "tls-cert": "c.pem", "tls-key": "k.pem", "tls-only": "yes" }));
  checkTogether(values({ "queue-soft": "1MiB", "queue-hard": "1MiB" }));
});
