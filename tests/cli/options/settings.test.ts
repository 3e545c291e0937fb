import { assertEquals, assertThrows } from "@std/assert";
import { CliError } from "../../../cli/exit.ts";
import { configTable } from "../../../cli/print_config.ts";
import {
  environmentTexts,
  type OptionTable,
  settle,
  type Texts,
  valuesOf,
  variableOf,
} from "../../../cli/options/settings.ts";
import { integer, list, yesOrNo } from "../../../cli/options/values.ts";

const TABLE = {
  "max-things": {
    takes: "value",
    usage: "<number>",
    group: "All:",
    help: "how many",
    default: "5",
    parse: integer(1, 9),
  },
  names: {
    takes: "list",
    usage: "<names>",
    group: "All:",
    help: "who",
    default: "",
    without: "nobody",
    parse: list((name) => name),
  },
  fast: {
    takes: "flag",
    usage: "",
    group: "All:",
    help: "hurry",
    default: "no",
    parse: yesOrNo,
  },
  secret: {
    takes: "value",
    usage: "<text>",
    group: "All:",
    help: "a secret",
    without: "none",
    isSecret: true,
    parse: (text) => text,
  },
} as const satisfies OptionTable;

const NONE: Texts = new Map();
const texts = (entries: Record<string, string>): Texts => new Map(Object.entries(entries));

Deno.test("settings: command line before environment before file before default", () => {
  const given = (level: number) => ({
    "command line": level > 2 ? texts({ "max-things": "1" }) : NONE,
    environment: level > 1 ? texts({ "max-things": "2" }) : NONE,
    file: level > 0 ? texts({ "max-things": "3" }) : NONE,
  });
  const heard = [0, 1, 2, 3].map((level) => {
    const [{ text, origin } = { text: "", origin: "" }] = settle(TABLE, given(level));
    return `${text} ${origin}`;
  });
  assertEquals(heard, ["5 default", "3 file", "2 environment", "1 command line"]);
});

Deno.test("settings: each option by itself", () => {
  const settings = settle(TABLE, {
    "command line": texts({ fast: "yes" }),
    environment: texts({ names: "Ann, Bob,,Cy" }),
    file: texts({ secret: "s" }),
  });
  assertEquals(valuesOf(TABLE, settings), {
    "max-things": 5,
    names: ["Ann", "Bob", "Cy"],
    fast: true,
    secret: "s",
  });
  assertEquals(
    configTable(TABLE, settings),
    [
      "max-things  5             default",
      "names       Ann, Bob,,Cy  environment",
      "fast        yes           command line",
      "secret      (set)         file",
    ].join("\n"),
  );
});

Deno.test("settings: what is not given and has no default is undefined, and shown as nothing", () => {
  const settings = settle(TABLE, { "command line": NONE, environment: NONE, file: NONE });
  const { secret, names } = valuesOf(TABLE, settings);
  assertEquals([secret, names], [undefined, []]);
  assertEquals(
    configTable(TABLE, settings).split("\n").slice(1),
    [
      "names       (nobody)  default",
      "fast        no        default",
      "secret      (none)    default",
    ],
  );
});

Deno.test("settings: control characters of the environment reach no terminal", () => {
  const settings = settle(TABLE, {
    "command line": NONE,
    environment: texts({ names: "a\x1b[2J" }),
    file: NONE,
  });
  assertEquals(configTable(TABLE, settings).includes("\x1b"), false);
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
});

Deno.test("settings: a flag has a variable that says the opposite", () => {
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
  assertThrows(() => read({ HUBBUB_NO_FAST: "x" }), CliError, "Cannot use HUBBUB_NO_FAST");
});

Deno.test("settings: a wrong value names its variable and what it must be, but no secret", () => {
  const fault = (environment: Record<string, string>, table: OptionTable = TABLE) =>
    assertThrows(
      () => environmentTexts(table, (variable) => environment[variable]),
      CliError,
    ) as CliError;
  assertEquals(
    fault({ HUBBUB_MAX_THINGS: "many" }).message,
    'Cannot use HUBBUB_MAX_THINGS: It must be a whole number from 1 to 9. It is "many".',
  );
  assertEquals(fault({ HUBBUB_FAST: "maybe" }).exitCode, 2);
  const secretNumber = { pin: { ...TABLE["max-things"], isSecret: true } };
  assertEquals(
    fault({ HUBBUB_PIN: "12345" }, secretNumber).message,
    "Cannot use HUBBUB_PIN: It must be a whole number from 1 to 9.",
  );
});
