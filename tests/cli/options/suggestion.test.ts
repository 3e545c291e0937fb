import { assertEquals, assertThrows } from "@std/assert";
import { suggestion } from "../../../cli/options/suggestion.ts";
import { choice } from "../../../cli/options/values.ts";
import { startProgram } from "../../support/program.ts";

Deno.test("suggestion: a word that begins so comes before one that differs in few letters", () => {
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

Deno.test("suggestion: nothing where nothing resembles it", () => {
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
      [["help", "srve"], "serve"],
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
