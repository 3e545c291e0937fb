import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ConfigError, lineOfKey, parseConfig } from "../../../cli/options/config_file.ts";
import { configFileTexts } from "../../../cli/serve_config.ts";
import { CliError } from "../../../cli/exit.ts";
import { SERVE_OPTIONS } from "../../../cli/options/serve.ts";

const parse = (content: string) => parseConfig(SERVE_OPTIONS, "chat.json", content);

Deno.test("config file: the keys are the names of the options", () => {
  const texts = parse(JSON.stringify({
    port: 9000,
    host: "0.0.0.0",
    "max-clients": "50",
    rooms: ["lobby", "tea"],
    operator: [],
    web: false,
    "tls-only": true,
    rate: "off",
  }));
  assertEquals(Object.fromEntries(texts), {
    port: "9000",
    host: "0.0.0.0",
    "max-clients": "50",
    rooms: "lobby,tea",
    operator: "",
    web: "no",
    "tls-only": "yes",
    rate: "off",
  });
  assertEquals(parse("{}").size, 0);
});

const REFUSED: readonly (readonly [
  why: string,
  content: string,
  fault: string | RegExp,
  line?: number,
])[] = [
  [
    "a wrong key names the nearest right one",
    '{"max-client": 5}',
    'there is no option "max-client". Did you mean "max-clients"?',
  ],
  [
    "a key in the form of a variable, too",
    '{"HUBBUB_RATE": 5}',
    /^there is no option "HUBBUB_RATE"\. Did you mean "[a-z-]+"\?$/,
  ],
  [
    "an error about a number has its key and the expected value",
    '{"port": 70000}',
    '"port": invalid value "70000": expected a whole number from 0 to 65535.',
  ],
  ["so does a wrong type", '{"port": true}', '"port": expected a text or a number.'],
  ["null is no value", '{"data": null}', '"data": expected a text or a number.'],
  ["a flag is true or false", '{"web": "no"}', '"web": expected true or false.'],
  ["a list is a list", '{"rooms": "lobby"}', '"rooms": expected a list of texts.'],
  ["of texts", '{"rooms": ["a", 1]}', '"rooms": expected a list of texts.'],
  [
    "the items of a list are looked at",
    '{"rooms": ["a b"]}',
    /^"rooms": invalid value "a b": "a b" is not a valid name: The name of a room may not contain spaces/,
  ],
  [
    "a secret is not repeated",
    '{"password": ""}',
    '"password": invalid value: expected a text that is not empty.',
  ],
  ["a list is no configuration", "[]", /^it must be an object/],
  ["nor is a text", '"port"', /^it must be an object/],
  ["no JSON at all", "port = 8080", /^it is not JSON: .+\.$/],
  ["half a file", '{"port": 8080', /^it is not JSON: .+\.$/],
  // The runtime would quote the text around the fault.
  [
    "nor is a secret without quotes repeated",
    '{\n  "port": 8080,\n  "password": hunter22,\n  "web": false\n}',
    "it is not JSON: Unexpected token 'h'.",
    3,
  ],
  [
    "nor at the end of a line",
    '{\n  "port": 8080,\n  "password": "hunter22" oops\n}',
    "it is not JSON: Expected ',' or '}' after property value in JSON.",
    3,
  ],
  [
    "nor in a short file",
    '{"password":hunter22}',
    "it is not JSON: Unexpected token 'h'.",
  ],
  [
    "nor where quotes stand in it",
    '{"a":h"u", "b": "c"}',
    "it is not JSON: Unexpected token 'h'.",
  ],
  [
    "a short file has lines, too",
    '{\n  "b": 1,\n  b: 2\n}',
    "it is not JSON: Expected double-quoted property name in JSON.",
    3,
  ],
  [
    "a text that is not UTF-8",
    '{"port": 0,\n "password": "caf\uFFFD"}',
    "it is not valid UTF-8.",
    2,
  ],
  ["half a file ends in its last line", '{"port":\n 8080,\n', /^it is not JSON: /, 3],
  ["no escape sequence reaches the terminal", '{"\\u001b[2J": 1}', /^there is no option "\[2J"\./],
];

for (const [why, content, expected, line = 1] of REFUSED) {
  Deno.test(`config file: ${why}`, () => {
    const error = assertThrows(() => parse(content), ConfigError) as ConfigError;
    assertEquals(error.exitCode, 2);
    const { fault } = error;
    if (typeof expected === "string") assertEquals(fault, expected);
    else assertMatch(fault, expected);
    // A wrong value as a whole has none.
    const known = fault.startsWith("it must be") ? undefined : line;
    assertEquals(error.line, known);
    const where = known === undefined ? "chat.json" : `chat.json, line ${known}`;
    assertEquals(error.message, `Cannot use ${where}: ${fault}`);
  });
}

const LINES = `{
  "port": 8080, "rooms": [
    "port",
    "tea" ],
  "x": { "port": 1, "nested": "}" },
  "po\\u0072t"
  : 9090, "late": "\\\"port\\": "
}`;

Deno.test("config file: the line of a key is that of the last one with the name, in the object itself", () => {
  assertEquals(
    ["port", "rooms", "x", "late", "nested", "tea"].map((key) => lineOfKey(LINES, key)),
    [6, 2, 5, 7, undefined, undefined],
  );
  const misspelt = '{\n  "port": 1,\n\n  "prot": 2\n}';
  assertThrows(
    () => parse(misspelt),
    ConfigError,
    'Cannot use chat.json, line 4: there is no option "prot". Did you mean "port"?',
  );
});

Deno.test("config file: an unreadable one is reported with the reason", async () => {
  const fault = (path: string) =>
    (assertThrows(() => configFileTexts(SERVE_OPTIONS, path), CliError) as CliError).message;
  assertEquals(
    fault("/no/such/chat.json"),
    "Cannot read /no/such/chat.json: there is no such file.",
  );
  const folder = await Deno.makeTempDir();
  assertEquals(fault(folder), `Cannot read ${folder}: it is a folder.`);
  const long = `${folder}/long.json`;
  await Deno.writeFile(long, new Uint8Array(1_048_577));
  assertEquals(fault(long), `Cannot read ${long}: it is longer than 1048576 bytes.`);
  if (Deno.build.os !== "windows") {
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    assertEquals(fault(pipe), `Cannot read ${pipe}: it is a pipe or a device, not a file.`);
  }
  await Deno.remove(folder, { recursive: true });
});
