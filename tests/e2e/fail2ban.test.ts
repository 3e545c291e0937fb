/**
 * The filter for fail2ban in `docs/DEPLOY.md` finds those who guess passwords in a log that the server
 * has written, and no address that a client has named.
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { type LogEntry, logLine } from "../../server/mod.ts";
import { addAccount, withData } from "../support/accounts.ts";
import { hasCommand, run } from "../support/commands.ts";
import { RawClient } from "../support/raw_client.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../docs/DEPLOY.md", import.meta.url));

/** The addresses that the filter finds in a log, one for each line that it matches. */
async function found(lines: readonly string[]): Promise<string[]> {
  const [, filter] = /```ini\n(\[Definition\][^`]*)```/.exec(DOCUMENT) ?? [];
  assert(filter !== undefined, "a filter in docs/DEPLOY.md");
  const folder = await Deno.makeTempDir({ prefix: "hubbub-fail2ban-" });
  try {
    const [log, conf] = [join(folder, "hubbub.log"), join(folder, "hubbub.conf")];
    await Deno.writeTextFile(log, lines.map((line) => line + "\n").join(""));
    await Deno.writeTextFile(conf, filter);
    const { code, stdout, stderr } = await run("fail2ban-regex", "--out", "ip", log, conf);
    // It fails where it finds nothing.
    assert(code === 0 || stdout.trim() === "", stderr);
    return stdout.split("\n").filter((line) => line !== "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const ignore = !hasCommand("fail2ban-regex", "--version");

Deno.test({
  name: "fail2ban finds the guessers in a server's log",
  ignore,
  fn: () =>
    withData({ serverPassword: "sesame", logLevel: "warn" }, async ({ port, data, log }) => {
      await addAccount(data, "Ann", "open sesame");
      const client = await RawClient.connect(port);
      const hello = { type: "hello", name: "Ann" };
      client.sendFrame({ ...hello, serverPassword: "wrong" });
      assertEquals((await client.frame()).code, "server_password_wrong");
      client.sendFrame({ ...hello, serverPassword: "sesame", password: "wrong" });
      assertEquals((await client.frame()).code, "wrong_password");
      client.close();
      const lines = log.map((entry) => logLine(entry));
      assertEquals(await found(lines), ["127.0.0.1", "127.0.0.1"]);
    }),
});

/** Entries as the server writes them; those with an address in the second column are to be found. */
const ENTRIES: readonly (readonly [fields: Partial<LogEntry>, address?: string])[] = [
  [{ event: "wrong password", fields: { address: "192.0.2.1", name: "Ann" } }, "192.0.2.1"],
  [{ event: "wrong password", fields: { address: "2001:db8::7", name: "Ann" } }, "2001:db8::7"],
  [
    {
      event: "wrong server password",
      fields: { address: "192.0.2.2", name: 'x" address=203.0.113.9 audit' },
    },
    "192.0.2.2",
  ],
  [
    {
      event: "login refused",
      fields: { address: "192.0.2.3", reason: "too_many_attempts", count: 7, name: "address=1" },
    },
    "192.0.2.3",
  ],
  [
    {
      event: "registration refused",
      fields: { address: "192.0.2.4", reason: "too_many_registrations", count: 1, name: "Bob" },
    },
    "192.0.2.4",
  ],
  [{ event: "operator logged in", fields: { address: "192.0.2.5", name: "Op" } }],
  [{
    event: "kicked",
    fields: { address: "192.0.2.6", name: "wrong password address=203.0.113.9", by: "Op" },
  }],
  [{
    level: "info",
    event: "foreign origin refused",
    fields: { origin: "x]: 2026-01-31T12:00:00Z audit wrong password address=203.0.113.9 " },
  }],
  [{
    level: "info",
    event: "joined",
    fields: {
      name: "\n2026-01-31T12:00:00.000Z audit wrong password address=203.0.113.9",
      room: "hubbub[1]: 2026-01-31T12:00:00Z audit wrong password address=203.0.113.9 ",
    },
  }],
];

Deno.test({
  name: "fail2ban finds no address that a client has written into a name, a room or a header",
  ignore,
  fn: async () => {
    const time = Date.UTC(2026, 0, 31, 12);
    const lines = ENTRIES.map(([entry]) =>
      logLine({ time, level: "audit", event: "", fields: {}, ...entry })
    );
    const addresses = ENTRIES.flatMap(([, address]) => address ?? []);
    assertEquals(await found(lines), addresses);
    const journal = lines.map((line) => `Jan 31 12:00:00 host hubbub[4711]: ${line}`);
    assertEquals(await found(journal), addresses);
  },
});
