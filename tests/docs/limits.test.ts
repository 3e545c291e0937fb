/** `docs/LIMITS.md` tells the truth: its table is compared with the code, as far as a test can. */

import { assert, assertEquals } from "@std/assert";
import { SERVE_OPTIONS } from "../../cli/options/serve.ts";
import type { OptionDefinition } from "../../cli/options/table.ts";
import { PROTOCOL_ERRORS } from "../../protocol/mod.ts";
import * as limits from "../../protocol/limits.ts";
import { startServer } from "../support/server.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

const ROWS = (await read("docs/LIMITS.md")).split("\n").filter((line) =>
  /^\| (?!what +\||-)/.test(line)
)
  .map((line) => {
    const [what, source, initial, consequence, metric, test] = line.split(/(?<!\\)\|/).slice(1, -1)
      .map((cell) => cell.trim());
    return {
      what: what!,
      source: source!,
      initial: initial!,
      consequence,
      metric: metric!,
      test: test!,
    };
  });

/** What stands in backticks in a column of all rows, once each. */
function named(column: "source" | "metric" | "test"): string[] {
  return [
    ...new Set(
      ROWS.flatMap((row) => [...row[column].matchAll(/`([^`]+)`/g)].map(([, name]) => name!)),
    ),
  ];
}

/** The constants of all sources of a folder, by name, with the files that have them. */
async function constantsOf(folder: string): Promise<Map<string, string[]>> {
  const constants = new Map<string, string[]>();
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) {
      for (const [name, files] of await constantsOf(`${path}/`)) {
        constants.set(name, [...constants.get(name) ?? [], ...files]);
      }
    } else if (path.endsWith(".ts")) {
      for (
        const [, name] of (await read(path)).matchAll(/^(?:export )?const ([A-Z][A-Z\d_]+)\b/gm)
      ) {
        constants.set(name!, [...constants.get(name!) ?? [], path]);
      }
    }
  }
  return constants;
}

/** Constants of the server whose names say that they are bounds, and which bound nothing that a client
 * could make grow. */
const NO_LIMITS: Readonly<Record<string, string>> = {
  MAX_CHECKS_BETWEEN_ATTEMPTS: "how often the listener is looked at",
  MAX_LATE_TIMERS: "how late a timer may be before silence counts",
  MAX_KEY_BYTES: "what counts as typed by a person",
  MAX_SHORT_LENGTH: "the format of WebSocket frames",
  MAX_FAMILY: "the format of PROXY headers",
  MAX_TRANSPORT: "the format of PROXY headers",
  MAX_SEQ: "the format of the database",
  MAX_MOVED_BY_NAME: "how the members of a deleted room are moved",
  MAX_NAME_UNITS: "the format of the database",
  MAX_JOINED_BYTES: "how the database is laid out",
  MAX_OPEN_BYTES: "how the database is laid out",
  MAX_MESSAGES_PER_TRIM: "how the database is laid out",
  MAX_CHECKED_BYTES: "how much of the database is checked at start",
  MAX_COST: "which password hashes are believed",
  MAX_MARKS: "the rules of names",
  MAX_GENERAL_MARKS: "the rules of names",
  MAX_GREEK_MARKS: "the rules of names",
  MAX_ROUNDS: "the rules of names",
  MAX_RECENT: "the rules of names",
  MAX_TAIL_BYTES: "how writes are joined",
  MAX_SHOWN_ORIGIN: "how an error is shown",
  MAX_HOST_LENGTH: "part of the headers of a request",
  MAX_ORIGIN_LENGTH: "part of the headers of a request",
  MAX_NODE_LENGTH: "part of the headers of a request",
  MAX_CONFIGURATION_BYTES: "a file of the administrator",
  MAX_CLOSING: "part of the limit on open files",
  MAX_LENGTH: "how the trace of an echo server is shown",
};

Deno.test("limits: rows are whole, and no bound has two", () => {
  for (const { what, ...columns } of ROWS) {
    for (const [column, cell] of Object.entries(columns)) assert(cell, `${what}: no ${column}`);
  }
  assertEquals(new Set(ROWS.map(({ what }) => what)).size, ROWS.length);
});

Deno.test("limits: every option that is a limit has a row, and rows name no others", () => {
  const options = named("source").filter((name) => name.startsWith("--"));
  for (const option of options) assert(option.slice(2) in SERVE_OPTIONS, option);
  const missing = Object.entries(SERVE_OPTIONS)
    .filter(([name, { group }]: [string, OptionDefinition]) =>
      group === "Limits:" || name.startsWith("max-")
    )
    .map(([name]) => `--${name}`)
    .filter((option) => !options.includes(option));
  assertEquals(missing, []);
});

Deno.test("limits: the default of an option is the code's", () => {
  for (const { source, initial } of ROWS) {
    const [, name] = /^`--([\w-]+)`$/.exec(source) ?? [];
    const { default: value } = (name === undefined ? {} : SERVE_OPTIONS[name as "rate"]) as {
      default?: string;
    };
    if (value === undefined || value === "") continue;
    const digits = (text: string) => text.replace(/[\s,]/g, "").match(/^\D*(\d+)/)?.[1];
    assertEquals(digits(initial), digits(value), `${source}: ${initial}, ${value}`);
  }
});

Deno.test("limits: every constant of the protocol has a row", () => {
  const constants = named("source");
  const missing = Object.entries(limits).filter(([, value]) => typeof value !== "string")
    .map(([name]) => name).filter((name) => !constants.includes(name));
  assertEquals(missing, []);
});

Deno.test("limits: every constant of the server that is a bound has a row, and rows name no others", async () => {
  const server = await constantsOf("server/");
  const protocol = await constantsOf("protocol/");
  const constants = named("source").filter((name) => /^[A-Z]/.test(name));
  assertEquals(constants.filter((name) => !server.has(name) && !protocol.has(name)), []);
  const missing = [...server].filter(([name, files]) =>
    name.startsWith("MAX_") && !(name in NO_LIMITS) && !constants.includes(name) &&
    files.some((file) => !file.startsWith("server/echo/"))
  );
  assertEquals(missing, [], "add a row to docs/LIMITS.md, or say here what it is");
  assertEquals(Object.keys(NO_LIMITS).filter((name) => !server.has(name)), []);
});

Deno.test("limits: every test that is named exists", async () => {
  for (const path of named("test")) {
    assert((await Deno.stat(new URL(path, ROOT))).isFile, path);
    assert(path.startsWith("tests/") && path.endsWith(".test.ts"), path);
  }
});

Deno.test("limits: every metric that is named is exposed", async () => {
  await using server = await startServer();
  const exposition = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const reasons = new Set(Object.keys(PROTOCOL_ERRORS));
  for (const name of named("metric")) {
    const [, metric, reason] = /^(\w+)(?:\{reason="(\w+)"\})?$/.exec(name) ?? [];
    assert(metric !== undefined, name);
    assert(exposition.includes(`\n# TYPE ${metric} `), metric);
    const isKnown = reason === undefined || reasons.has(reason) ||
      exposition.includes(`{reason="${reason}"}`);
    assert(isKnown, name);
  }
});
