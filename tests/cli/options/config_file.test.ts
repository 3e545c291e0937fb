import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { configFileTexts, parseConfig } from "../../../cli/options/config_file.ts";
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

const REFUSED: readonly (readonly [why: string, content: string, message: string | RegExp])[] = [
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
    /^"rooms": invalid value "a b": "a b" is not a valid name: A name may not contain spaces/,
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
    "it is not JSON: Unexpected token 'h' in line 3.",
  ],
  [
    "nor at the end of a line",
    '{\n  "port": 8080,\n  "password": "hunter22" oops\n}',
    "it is not JSON: Expected ',' or '}' after property value in JSON at position 43 (line 3 " +
    "column 26).",
  ],
  [
    "nor in a short file",
    '{"password":hunter22}',
    "it is not JSON: Unexpected token 'h' in line 1.",
  ],
  ["nor where quotes stand in it", '{"a":h"u", "b": "c"}', "it is not JSON: Unexpected token 'h'."],
  ["no escape sequence reaches the terminal", '{"\\u001b[2J": 1}', /^there is no option "\[2J"\./],
];

for (const [why, content, expected] of REFUSED) {
  Deno.test(`config file: ${why}`, () => {
    const error = assertThrows(() => parse(content), CliError) as CliError;
    assertEquals(error.exitCode, 2);
    const prefix = "Cannot use chat.json: ";
    assertEquals(error.message.slice(0, prefix.length), prefix);
    const message = error.message.slice(prefix.length);
    if (typeof expected === "string") assertEquals(message, expected);
    else assertMatch(message, expected);
  });
}

Deno.test("config file: an unreadable one is reported with the reason", async () => {
  const read = async (path: string) =>
    await assertRejects(() => configFileTexts(SERVE_OPTIONS, path), CliError) as CliError;
  assertEquals(
    (await read("/no/such/chat.json")).message,
    "Cannot read /no/such/chat.json: there is no such file.",
  );
  const folder = await Deno.makeTempDir();
  assertEquals((await read(folder)).message, `Cannot read ${folder}: it is a folder.`);
  await Deno.remove(folder);
});
