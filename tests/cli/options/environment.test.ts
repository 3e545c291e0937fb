import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { EventEmitter } from "node:events";
import {
  knownVariables,
  settleEnvironment,
  unknownVariableWarnings,
} from "../../../cli/options/environment.ts";
import { CliError } from "../../../cli/exit.ts";
import { program } from "../../../cli/main.ts";
import { SERVE_OPTIONS } from "../../../cli/options/serve.ts";
import { variableOf } from "../../../cli/options/settings.ts";
import { startProgram } from "../../support/program.ts";

/** Options without a variable: under the name of theirs users set something else, or nothing for long. */
const WITHOUT_VARIABLE = [
  "account add --operator",
  "bench --host",
  "bench --port",
  "bench --server-command",
  "bench --tls",
  "chat --web",
  "serve --print-config",
];

/** Options whose variable has another name, since another command has that one. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  "bench --rate": "HUBBUB_MESSAGE_RATE",
  "bench rooms --rooms": "HUBBUB_BENCH_ROOMS",
};

/** Whether commander reads the variable of an option: it does where the option had one when it was
 * added. */
function isHeard(command: unknown, option: string): boolean {
  return (command as EventEmitter).listenerCount(`optionEnv:${option}`) > 0;
}

/** All options with the variables that commander listens for, of a command and those within it. */
function variables(
  command: CommandUnknownOpts,
  path: readonly string[] = [],
): { readonly option: string; readonly expected: string; readonly variable: string | undefined }[] {
  return [
    ...command.options.map((option) => ({
      option: [...path, option.long].join(" "),
      expected: variableOf(option.long!.slice(2)),
      variable: isHeard(command, option.name())
        ? (option as { envVar?: string }).envVar
        : undefined,
    })),
    ...command.commands.flatMap((inner) => variables(inner, [...path, inner.name()])),
  ];
}

const ALL = program().commands.flatMap((command) => variables(command, [command.name()]));
const KNOWN = knownVariables(program().commands, [SERVE_OPTIONS]);

/** `bench connect --port` is `bench --port`, too. */
const general = (option: string) => option.replace(/^bench \w+ /, "bench ");

Deno.test("environment: every option has the variable of its name", () => {
  assert(ALL.length > 100);
  for (const { option, expected, variable } of ALL) {
    if (WITHOUT_VARIABLE.includes(option) || WITHOUT_VARIABLE.includes(general(option))) {
      assertEquals(variable, undefined, option);
    } // Those of `serve` are read by its table.
    else if (!(option.startsWith("serve ") && option !== "serve --config")) {
      assertEquals(
        [option, variable],
        [option, OTHER_NAMES[option] ?? OTHER_NAMES[general(option)] ?? expected],
      );
    }
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
  const others = ["PATH", "HUB", "hubbub_name", "HUBBUB_TEST_THOROUGH", "HUBBUB_OWNER", ""];
  assertEquals(unknownVariableWarnings([...KNOWN, ...others], KNOWN), []);
});

Deno.test("environment: many unknown variables, long ones and control characters are bounded", () => {
  const many = Array.from({ length: 100 }, (_, index) => `HUBBUB_X\x1b[2J${index}`);
  const warnings = unknownVariableWarnings(many, KNOWN);
  assertEquals(warnings.length, 6);
  assertEquals(warnings.at(-1), "hubbub reads 95 more of the variables named HUBBUB_... not.");
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
      ? "hubbub reads no variable HUBBUB_NO_WEBS: it has no effect. Did you mean HUBBUB_NO_WEB?\n"
      : "",
  );
});

/** Runs with a variable as it is, and puts it back. */
function keeping(variable: string, run: () => void): void {
  const before = Deno.env.get(variable);
  try {
    run();
  } finally {
    if (before === undefined) Deno.env.delete(variable);
    else Deno.env.set(variable, before);
  }
}

const optionsOf = (name: string) =>
  program().commands.find((command) => command.name() === name)!.options;

Deno.test("environment: a wrong value is told with its variable, by a client, too", async () => {
  await using tail = startProgram(["tail"], { env: { HUBBUB_SINCE: "soon" } });
  assertEquals(await tail.exit, 2);
  assertMatch(await tail.stderr.all(), /value 'soon' from env 'HUBBUB_SINCE' is invalid/);
});

Deno.test("environment: what only serve can use of a shared name is left to it", () => {
  const client = { options: optionsOf("chat") };
  keeping("HUBBUB_TLS", () => {
    for (const text of ["self-signed", "off", ""]) {
      Deno.env.set("HUBBUB_TLS", text);
      settleEnvironment(client.options, SERVE_OPTIONS);
      assertEquals(Deno.env.get("HUBBUB_TLS"), undefined, text);
    }
    Deno.env.set("HUBBUB_TLS", "yes");
    settleEnvironment(client.options, SERVE_OPTIONS);
    assertEquals(Deno.env.get("HUBBUB_TLS"), "yes");
    Deno.env.set("HUBBUB_TLS", "maybe");
    assertThrows(() => settleEnvironment(client.options, SERVE_OPTIONS), CliError, "HUBBUB_TLS");
  });
});

Deno.test("environment: an option of the command line comes before a variable that conflicts", () => {
  for (
    const [command, variable, parameters, stays] of [
      ["chat", "HUBBUB_FINGERPRINT", ["chat", "--insecure"], false],
      ["chat", "HUBBUB_FINGERPRINT", ["chat", "--tls"], true],
      ["bench", "HUBBUB_PIPELINING", ["bench", "-R100"], false],
      ["bench", "HUBBUB_PIPELINING", ["bench", "--rate=100"], false],
      ["bench", "HUBBUB_MESSAGE_RATE", ["bench", "-p", "8"], false],
      ["bench", "HUBBUB_MESSAGE_RATE", ["bench", "-c", "8"], true],
    ] as const
  ) {
    keeping(variable, () => {
      Deno.env.set(variable, "10");
      settleEnvironment(optionsOf(command), SERVE_OPTIONS, parameters);
      assertEquals([parameters, Deno.env.get(variable)], [parameters, stays ? "10" : undefined]);
    });
  }
});
