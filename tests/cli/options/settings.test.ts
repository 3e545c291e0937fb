import { assertEquals, assertThrows } from "@std/assert";
import { CliError } from "../../../cli/exit.ts";
import { environmentTexts, Settings, type Texts } from "../../../cli/options/settings.ts";
import { keyOf, type OptionTable, variableOf } from "../../../cli/options/table.ts";
import { integer } from "../../../cli/options/numbers.ts";
import { list, text } from "../../../cli/options/values.ts";

const TABLE = {
  "max-things": {
    takes: "value",
    placeholder: "<number>",
    help: "how many",
    default: "5",
    parse: integer(1, 9),
  },
  names: {
    takes: "list",
    placeholder: "<names>",
    help: "who",
    default: "",
    without: "no name",
    parse: list(text),
  },
  fast: { takes: "flag", help: "hurry" },
  secret: {
    takes: "value",
    placeholder: "<text>",
    help: "a secret",
    without: "none",
    isSecret: true,
    parse: text,
  },
} as const satisfies OptionTable;

const texts = (entries: Record<string, string>): Texts => new Map(Object.entries(entries));

Deno.test("settings: command line before environment before file before default", () => {
  const given = (level: number) => ({
    ...level > 2 && { "command line": texts({ "max-things": "1" }) },
    ...level > 1 && { environment: texts({ "max-things": "2" }) },
    ...level > 0 && { file: texts({ "max-things": "3" }) },
  });
  const found = [0, 1, 2, 3].map((level) => {
    const settings = new Settings(TABLE, given(level));
    return `${settings.values.maxThings} ${settings.originOf("max-things")}`;
  });
  assertEquals(found, ["5 default", "3 file", "2 environment", "1 command line"]);
});

Deno.test("settings: each option by itself", () => {
  const settings = new Settings(TABLE, {
    "command line": texts({ fast: "yes" }),
    environment: texts({ names: "Ann, Bob,,Cy" }),
  }).withFile(texts({ secret: "s", fast: "no" }));
  assertEquals(settings.values, {
    maxThings: 5,
    names: ["Ann", "Bob", "Cy"],
    fast: true,
    secret: "s",
  });
  assertEquals(
    String(settings),
    [
      "max-things  5             default",
      "names       Ann, Bob,,Cy  environment",
      "fast        yes           command line",
      "secret      (set)         file",
    ].join("\n"),
  );
});

Deno.test("settings: an option without a value and a default is undefined, and shown as nothing", () => {
  const settings = new Settings(TABLE, {});
  const { secret, names, fast } = settings.values;
  assertEquals([secret, names, fast], [undefined, [], false]);
  assertEquals(
    String(settings).split("\n").slice(1),
    [
      "names       (no name)  default",
      "fast        no         default",
      "secret      (none)     default",
    ],
  );
});

Deno.test("settings: --print-config leaves out options that a file cannot hold", () => {
  const table = { ...TABLE, config: { ...TABLE.secret, isOutsideFile: true } } as const;
  assertEquals(String(new Settings(table, {})), String(new Settings(TABLE, {})));
});

Deno.test("settings: control characters of the environment reach no terminal", () => {
  const settings = new Settings(TABLE, { environment: texts({ names: "a\x1b[2J" }) });
  assertEquals(String(settings).includes("\x1b"), false);
});

Deno.test("settings: options of the arguments are of the command line", () => {
  const settings = new Settings(TABLE, { environment: texts({ "max-things": "2" }) })
    .withCommandLine([["max-things", "3"]]);
  assertEquals(settings.values.maxThings, 3);
  assertEquals(settings.originOf("max-things"), "command line");
});

Deno.test("settings: a required option that is missing is an error with its variable", () => {
  const table = { data: { ...TABLE.secret, isRequired: true } } as const;
  const error = assertThrows(() => new Settings(table, {}), CliError) as CliError;
  assertEquals([error.message, error.exitCode], [
    "Missing option --data <text>. Give it, or set HUBBUB_DATA.",
    2,
  ]);
  assertEquals(new Settings(table, { environment: texts({ data: "a" }) }).values.data, "a");
});

Deno.test("settings: of two options that exclude each other, the first origin counts", () => {
  const table = {
    ...TABLE,
    "max-things": { ...TABLE["max-things"], conflicts: ["fast", "secret"] },
  } as const;
  const read = (typed: Record<string, string>, environment: Record<string, string>) => {
    const settings = new Settings(table, {
      "command line": texts(typed),
      environment: texts(environment),
    });
    return [settings.values.maxThings, settings.values.fast, settings.values.secret];
  };
  assertEquals(read({ "max-things": "7" }, { fast: "yes" }), [7, false, undefined]);
  assertEquals(read({ fast: "yes" }, { "max-things": "7" }), [5, true, undefined]);
  assertEquals(read({ secret: "s" }, { "max-things": "7" }), [5, false, "s"]);
  assertEquals(read({ fast: "no", "max-things": "7" }, {}), [7, false, undefined]);
  assertEquals(read({}, { secret: "s" }), [5, false, "s"]);
  assertThrows(
    () => read({ fast: "yes", "max-things": "7" }, {}),
    CliError,
    "Cannot use --max-things together with --fast. Give one of them.",
  );
  assertThrows(
    () => read({}, { secret: "s", "max-things": "7" }),
    CliError,
    "Cannot use HUBBUB_MAX_THINGS together with HUBBUB_SECRET. Give one of them.",
  );
});

Deno.test("settings: the environment is read by the names of the options; empty is none", () => {
  const environment: Record<string, string> = {
    HUBBUB_MAX_THINGS: "7",
    HUBBUB_FAST: "",
    HUBBUB_OTHER: "x",
  };
  assertEquals(
    environmentTexts(TABLE, (variable) => environment[variable]),
    texts({ "max-things": "7" }),
  );
  assertEquals(variableOf("max-things"), "HUBBUB_MAX_THINGS");
  assertEquals(keyOf("max-per-ip"), "maxPerIp");
});

Deno.test("settings: a flag has a negated variable", () => {
  const read = (environment: Record<string, string>) =>
    environmentTexts(TABLE, (variable) => environment[variable]).get("fast");
  assertEquals(read({ HUBBUB_NO_FAST: "yes" }), "no");
  assertEquals(read({ HUBBUB_NO_FAST: "1", HUBBUB_FAST: "off" }), "off");
  assertEquals(read({ HUBBUB_NO_FAST: "no" }), "yes");
  assertEquals(read({ HUBBUB_NO_FAST: "" }), undefined);
  assertEquals(read({ HUBBUB_NO_NAMES: "yes" }), undefined);
  for (
    const environment of [
      { HUBBUB_FAST: "yes", HUBBUB_NO_FAST: "yes" },
      { HUBBUB_FAST: "no", HUBBUB_NO_FAST: "no" },
    ]
  ) {
    assertThrows(() => read(environment), CliError, "HUBBUB_FAST and HUBBUB_NO_FAST together");
  }
  assertThrows(() => read({ HUBBUB_NO_FAST: "x" }), CliError, 'Invalid HUBBUB_NO_FAST "x"');
});

Deno.test("settings: the first of several variables counts, and a foreign value of one is ignored", () => {
  const table = {
    fast: {
      ...TABLE.fast,
      variables: ["HUBBUB_CLIENT_FAST", "HUBBUB_FAST"],
      foreignValues: ["self-made"],
    },
  } as const;
  const read = (environment: Record<string, string>) =>
    environmentTexts(table, (variable) => environment[variable]).get("fast");
  assertEquals(read({ HUBBUB_CLIENT_FAST: "no", HUBBUB_FAST: "yes" }), "no");
  assertEquals(read({ HUBBUB_CLIENT_FAST: "", HUBBUB_FAST: "yes" }), "yes");
  assertEquals(read({ HUBBUB_NO_CLIENT_FAST: "yes", HUBBUB_FAST: "self-made" }), "no");
  assertEquals(read({ HUBBUB_FAST: "self-made" }), undefined);
  assertThrows(() => read({ HUBBUB_FAST: "maybe" }), CliError, 'Invalid HUBBUB_FAST "maybe"');
});

Deno.test("settings: the error of an invalid value has its variable and the expected value, but no secret", () => {
  const fault = (environment: Record<string, string>, table: OptionTable = TABLE) =>
    assertThrows(
      () => environmentTexts(table, (variable) => environment[variable]),
      CliError,
    ) as CliError;
  assertEquals(
    fault({ HUBBUB_MAX_THINGS: "many" }).message,
    'Invalid HUBBUB_MAX_THINGS "many": expected a whole number from 1 to 9.',
  );
  assertEquals(fault({ HUBBUB_FAST: "maybe" }).exitCode, 2);
  const secretNumber = { pin: { ...TABLE["max-things"], isSecret: true } } as const;
  assertEquals(
    fault({ HUBBUB_PIN: "12345" }, secretNumber).message,
    "Invalid HUBBUB_PIN: expected a whole number from 1 to 9.",
  );
});
