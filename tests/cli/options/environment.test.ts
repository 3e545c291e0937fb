import { Command } from "../../../cli/options/commander.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { CliError } from "../../../cli/exit.ts";
import { program } from "../../../cli/main.ts";
import { ACCOUNT, BAN, TOKEN } from "../../../cli/options/administration.ts";
import { BENCH, BENCH_REPORT } from "../../../cli/options/bench.ts";
import { BENCH_SCENARIOS } from "../../../cli/options/bench_scenarios.ts";
import { CHAT, CHECK, CONNECTION_OPTIONS, SEND, TAIL } from "../../../cli/options/clients.ts";
import { addOptions, commandOf, settingsOf } from "../../../cli/options/command_line.ts";
import { ECHO } from "../../../cli/options/echo.ts";
import { knownVariables, unknownVariableWarnings } from "../../../cli/options/environment.ts";
import { SERVE } from "../../../cli/options/serve.ts";
import { LEARN } from "../../../cli/options/learn.ts";
import { environmentTexts, Settings } from "../../../cli/options/settings.ts";
import {
  type CommandDefinition,
  type OptionTable,
  variableOf,
  variablesOf,
} from "../../../cli/options/table.ts";
import { startProgram } from "../../support/program.ts";

/** Options with other variables than that of their name: another subcommand reads that one in another
 * meaning, or it would be set for longer than it is meant. */
const OTHER_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "account add --operator": [],
  "token add --label": [],
  "token add --expires": [],
  "bench --host": [],
  "bench --port": [],
  "bench --tls": [],
  "bench --server-command": [],
  "bench --rate": ["HUBBUB_MESSAGE_RATE"],
  "bench rooms --rooms": ["HUBBUB_BENCH_ROOMS"],
  "chat --web": [],
  "serve --print-config": [],
  "client --host": ["HUBBUB_CLIENT_HOST", "HUBBUB_HOST"],
  "client --port": ["HUBBUB_CLIENT_PORT", "HUBBUB_PORT"],
  "client --tls": ["HUBBUB_CLIENT_TLS", "HUBBUB_TLS"],
};

const COMMANDS: Readonly<Record<string, OptionTable>> = {
  serve: SERVE.options,
  chat: CHAT.options,
  send: SEND.options,
  tail: TAIL.options,
  check: CHECK.options,
  echo: ECHO.options,
  bench: BENCH.options,
  "bench report": BENCH_REPORT.options,
  ...Object.fromEntries(
    Object.entries(BENCH_SCENARIOS).map(([name, { options }]) => [`bench ${name}`, options]),
  ),
  ...Object.fromEntries(
    [ACCOUNT, BAN, TOKEN].flatMap(({ name, commands }) =>
      Object.entries(commands).map(([inner, { options }]) => [`${name} ${inner}`, options])
    ),
  ),
};

const KNOWN = knownVariables();

Deno.test("environment: every option has the variable of its name", () => {
  let count = 0;
  for (const [command, table] of Object.entries(COMMANDS)) {
    for (const [name, definition] of Object.entries(table)) {
      count++;
      const option = `${command} --${name}`;
      const general = option.replace(/^(chat|send|tail|check) /, "client ")
        .replace(/^bench \w+ /, "bench ");
      assertEquals(
        [option, ...variablesOf(name, definition).map(({ variable }) => variable)],
        [option, ...OTHER_VARIABLES[option] ?? OTHER_VARIABLES[general] ?? [variableOf(name)]],
      );
    }
  }
  assert(count > 100);
});

Deno.test("environment: every option of the command line is in a table", async () => {
  const { commands } = await program();
  for (const [name, table] of Object.entries(COMMANDS)) {
    const [outer = "", inner] = name.split(" ");
    const group = commands.find((command) => command.name() === outer)!;
    const command = inner === undefined
      ? group
      : group.commands.find((command) => command.name() === inner)!;
    const options = command.options.map((option) => option.long!.replace(/^--(no-)?/, ""));
    assertEquals([...new Set(options)], Object.keys(table), name);
  }
});

Deno.test("environment: every documented variable is read", async () => {
  const root = new URL("../../..", import.meta.url);
  const documents = ["README.md", "CHANGELOG.md", "SECURITY.md"];
  for await (const { name } of Deno.readDir(new URL("docs", root))) documents.push(`docs/${name}`);
  let found = 0;
  for (const document of documents.filter((name) => name.endsWith(".md"))) {
    const text = await Deno.readTextFile(new URL(document, root));
    for (const [name] of text.matchAll(/\bHUBBUB_[A-Z_]*[A-Z]\b/g)) {
      if (name === "HUBBUB_PROGRAM") continue; // read by the tests
      found++;
      assertEquals(unknownVariableWarnings([name], KNOWN), [], `${name} in ${document}`);
    }
  }
  assert(found > 10);
});

Deno.test("environment: a variable that no command reads is named, with the nearest one", () => {
  const nearest = (name: string) =>
    /Did you mean (\w+)\?$/.exec(unknownVariableWarnings([name], KNOWN)[0] ?? "")?.[1];
  assertEquals(nearest("HUBBUB_MAX_CLIENT"), "HUBBUB_MAX_CLIENTS");
  assertEquals(nearest("HUBBUB_NO_WEBS"), "HUBBUB_NO_WEB");
  assertEquals(nearest("HUBBUB_NMAE"), "HUBBUB_NAME");
  assertEquals(nearest("HUBBUB_CONECTIONS"), "HUBBUB_CONNECTIONS");
  assertEquals(nearest("HUBBUB_SERVERPASSWORD"), "HUBBUB_SERVER_PASSWORD");
  assertEquals(nearest("HUBBUB_FOO"), undefined, "only similar names are proposed");
  assertEquals(nearest("HUBBUB_X"), undefined);
  const others = ["PATH", "HUB", "hubbub_name", "HUBBUB_TEST_THOROUGH", "HUBBUB_OWNER", ""];
  assertEquals(unknownVariableWarnings([...KNOWN, ...others], KNOWN), []);
});

Deno.test("environment: many unknown variables, long ones and control characters are bounded", () => {
  const many = Array.from({ length: 100 }, (_, index) => `HUBBUB_X\x1b[2J${index}`);
  const warnings = unknownVariableWarnings(many, KNOWN);
  assertEquals(warnings.length, 6);
  assertEquals(
    warnings.at(-1),
    "95 more environment variables HUBBUB_... are unknown and have no effect.",
  );
  assert(!warnings.join().includes("\x1b"));
  assert(unknownVariableWarnings([`HUBBUB_${"X".repeat(1e6)}`], KNOWN)[0]!.length < 200);
});

Deno.test("environment: the program itself reads HUBBUB_NO_WEB, and warns of HUBBUB_NO_WEBS", async () => {
  await using serve = startProgram(["serve", "--print-config"], {
    env: { HUBBUB_NO_WEB: "yes", HUBBUB_NO_FILES: "1", HUBBUB_NO_WEBS: "yes" },
  });
  assertEquals(await serve.exit, 0);
  const printed = await serve.stdout.all();
  assertMatch(printed, /^web +no +environment$/m);
  assertMatch(printed, /^files +no +environment$/m);
  assertEquals(
    await serve.stderr.all(),
    Deno.build.os === "linux"
      ? "Unknown environment variable HUBBUB_NO_WEBS: it has no effect. Did you mean HUBBUB_NO_WEB?\n"
      : "",
  );
});

Deno.test("environment: an invalid value is reported with its variable, by a client, too", async () => {
  await using tail = startProgram(["tail"], { env: { HUBBUB_SINCE: "soon" } });
  assertEquals(await tail.exit, 2);
  assertMatch(await tail.stderr.all(), /^Invalid HUBBUB_SINCE "soon": expected a time such as 10m/);
});

Deno.test("environment: a client ignores values of HUBBUB_TLS that only serve reads", () => {
  const tls = (environment: Record<string, string>) =>
    environmentTexts(CHAT.options, (variable) => environment[variable]).get("tls");
  assertEquals(["self-signed", "off", "", "yes"].map((text) => tls({ HUBBUB_TLS: text })), [
    ...[undefined, "off", undefined, "yes"],
  ]);
  assertThrows(() => tls({ HUBBUB_TLS: "maybe" }), CliError, "HUBBUB_TLS");
});

Deno.test("environment: a client has its own variables for TLS and the address of its server", () => {
  const environment: Record<string, string> = {
    ...{ HUBBUB_TLS: "self-signed", HUBBUB_HOST: "0.0.0.0", HUBBUB_PORT: "0" },
    HUBBUB_CLIENT_TLS: "yes",
    HUBBUB_CLIENT_HOST: "chat.example",
    HUBBUB_CLIENT_PORT: "9000",
  };
  const read = (table: OptionTable) => environmentTexts(table, (name) => environment[name]);
  const client = new Settings(CONNECTION_OPTIONS, { environment: read(CONNECTION_OPTIONS) });
  assertEquals([client.values.tls, client.values.host, client.values.port], [
    ...[true, "chat.example", 9000],
  ]);
  const server = new Settings(SERVE.options, { environment: read(SERVE.options) });
  assertEquals([server.values.tls, server.values.host, server.values.port], [
    ...["self-signed", "0.0.0.0", 0],
  ]);
});

Deno.test("environment: an option of the command line comes before a variable that conflicts", () => {
  for (
    const [{ name, options }, variable, parameters, option, expected] of [
      [CHAT, "HUBBUB_FINGERPRINT", ["--insecure"], "fingerprint", undefined],
      [CHAT, "HUBBUB_FINGERPRINT", ["--tls"], "fingerprint", "ab".repeat(32)],
      [BENCH, "HUBBUB_PIPELINING", ["-R100"], "pipelining", 1],
      [BENCH, "HUBBUB_PIPELINING", ["--rate=100"], "pipelining", 1],
      [BENCH, "HUBBUB_MESSAGE_RATE", ["-p", "8"], "rate", undefined],
      [BENCH, "HUBBUB_MESSAGE_RATE", ["-c", "8"], "rate", 10],
    ] as const
  ) {
    const command = new Command(name).action(() => {});
    addOptions(command, options);
    command.parse([...parameters], { from: "user" });
    const text = variable === "HUBBUB_FINGERPRINT" ? "ab".repeat(32) : "10";
    const settings = settingsOf(
      command,
      options as OptionTable,
      (each) => each === variable ? text : undefined,
    );
    const values: Readonly<Record<string, unknown>> = settings.values;
    assertEquals([parameters, values[option]], [parameters, expected]);
  }
});

Deno.test("environment: the example in the help is an option that the help lists", () => {
  const definitions = [SERVE, CHAT, SEND, TAIL, CHECK, ECHO, BENCH, BENCH_REPORT, LEARN];
  for (const definition of [...definitions, ...Object.values(BENCH_SCENARIOS)]) {
    const { name } = definition as CommandDefinition;
    const command = commandOf(definition as CommandDefinition, () => Promise.resolve(() => {}));
    let help = "";
    command.configureOutput({ writeOut: (text) => help += text }).outputHelp();
    const [, option, variable] = /such as\n(--\S+) as (\w+)\./.exec(help) ?? [];
    if (option === undefined) continue;
    assertMatch(help, new RegExp(`^ .*${option}\\b`, "m"), name);
    assert(KNOWN.has(variable!), `${name}: ${variable}`);
  }
});
