import { InvalidArgumentError } from "../../../cli/options/commander.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { integer } from "../../../cli/options/numbers.ts";
import {
  choice,
  fingerprint,
  list,
  name,
  origin,
  orOff,
  rate,
  suggestion,
  unescaped,
  yesOrNo,
} from "../../../cli/options/values.ts";
import { startProgram } from "../../support/program.ts";

Deno.test("values: a rate is messages per second, perhaps with a burst, or off", () => {
  assertEquals(rate("20"), { perSecond: 20, burst: 40 });
  assertEquals(rate("20:40"), { perSecond: 20, burst: 40 });
  assertEquals(rate("5:1"), { perSecond: 5, burst: 1 });
  assertEquals(rate("off"), null);
  for (const text of ["", "0", "0:5", "20:0", "-1", "1.5", "20:", ":40", "on", "OFF", "20:40:60"]) {
    assertThrows(() => rate(text), InvalidArgumentError, "or off");
  }
});

Deno.test("values: one of some words, and no other", () => {
  const parse = choice(["one", "two", "three"]);
  assertEquals(parse("two"), "two");
  for (const text of ["", "Two", "four", "one,two"]) {
    assertThrows(() => parse(text), InvalidArgumentError, "expected one, two or three.");
  }
});

Deno.test("values: yes and no in all spellings", () => {
  for (const text of ["yes", "true", "on", "1", "YES", "True"]) assertEquals(yesOrNo(text), true);
  for (const text of ["no", "false", "off", "0", "No"]) assertEquals(yesOrNo(text), false);
  for (const text of ["", "y", "maybe", "2"]) {
    assertThrows(() => yesOrNo(text), InvalidArgumentError, "yes or no");
  }
});

Deno.test("values: off is 0, and other values are read as before", () => {
  const parse = orOff(integer(1, 5));
  assertEquals([parse("off"), parse("3")], [0, 3]);
  for (const text of ["0", "6", "OFF"]) {
    assertThrows(() => parse(text), InvalidArgumentError, "from 1 to 5, or off.");
  }
});

Deno.test("values: a list has commas between its items", () => {
  const parse = list(integer(0, 9));
  assertEquals(parse("1, 2,,3,"), [1, 2, 3]);
  assertEquals(parse(""), []);
  assertThrows(() => parse("1,10"), InvalidArgumentError, "from 0 to 9");
});

Deno.test("values: a name follows the rules of the chat", () => {
  assertEquals(name(" Ann "), "Ann");
  for (const text of ["a b", "#tea", "", "x".repeat(33)]) {
    assertThrows(() => name(text), InvalidArgumentError, `"${text}" is not a valid name: A name`);
  }
});

Deno.test("values: an origin has a scheme, a host, perhaps a port, and no path", () => {
  assertEquals(origin("https://chat.example"), "https://chat.example");
  assertEquals(origin("http://CHAT.example:8080/"), "http://chat.example:8080");
  for (
    const text of ["", "chat.example", "https://a.example/chat", "ftp://a.example", "*", "https://"]
  ) {
    assertThrows(() => origin(text), InvalidArgumentError, "https://example.org");
  }
});

Deno.test("values: a fingerprint has 32 bytes in hexadecimal, with or without colons", () => {
  const pairs = Array.from({ length: 32 }, (_, index) => `a${index % 10}`);
  for (const text of [pairs.join(":"), pairs.join(""), pairs.join(":").toUpperCase()]) {
    assertEquals(fingerprint(text), text);
  }
  for (const text of ["", pairs.slice(1).join(":"), pairs.join("-"), pairs.join(":") + ":00"]) {
    assertThrows(() => fingerprint(text), InvalidArgumentError, "64 hexadecimal digits");
  }
});

Deno.test("unescaped: escapes that single quotes of a shell leave", () => {
  assertEquals(unescaped("a\\r\\n\\tb"), "a\r\n\tb");
  assertEquals(unescaped("a\\\\n \\x"), "a\\n \\x");
});

Deno.test("suggestion: a word with the same beginning comes before one that differs in few letters", () => {
  const words = ["me", "connect", "codec", "help", "broadcast", "echo"];
  for (
    const [typed, meant] of [
      ["brodcast", "broadcast"],
      ["Broadcast", "broadcast"],
      ["broad", "broadcast"],
      ["con", "connect"],
      ["he", "help"],
      ["ehco", "echo"],
      ["codek", "codec"],
    ] as const
  ) {
    assertEquals(suggestion(typed, words), ` Did you mean "${meant}"?`, typed);
  }
});

Deno.test("suggestion: none without a similar word", () => {
  for (const typed of ["", "x", "xyzzy", "127.0.0.1", "b".repeat(100_000)]) {
    assertEquals(suggestion(typed, ["broadcast", "echo"]), "");
  }
  assertEquals(suggestion("echo", []), "");
});

Deno.test("suggestion: of every option that takes one of some words", () => {
  assertThrows(
    () => choice(["json", "text"])("jsno"),
    Error,
    'expected json or text. Did you mean "json"?',
  );
});

Deno.test("suggestion: bench, help, profiles, modes and shells", async () => {
  for (
    const [parameters, meant] of [
      [["bench", "brodcast"], '"broadcast"'],
      [["bench", "echo", "--profile", "lien"], '"line"'],
      [["bench", "connect", "--profile", "jsno"], '"json"'],
      [["echo", "--mode", "onec"], '"once"'],
      [["completions", "bsh"], '"bash"'],
      [["help", "srve"], '"serve"'],
    ] as const
  ) {
    await using program = startProgram(parameters);
    assertEquals([parameters, await program.exit], [parameters, 2]);
    assertEquals(
      (await program.stderr.all()).includes(`Did you mean ${meant}?`),
      true,
      parameters.join(" "),
    );
  }
});
