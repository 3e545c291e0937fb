import { assertEquals } from "@std/assert";
import { keysIn, SecretInput, type UserInput } from "../../../client/terminal/user_input.ts";

/** Types into a secret. */
function typed(text: string): UserInput | undefined {
  let input: UserInput | undefined;
  const secret = new SecretInput((given) => input = given);
  for (const key of keysIn(text)) secret.press(key);
  return input;
}

Deno.test("secret input: escape sequences are keys, and no part of the secret", () => {
  const keys = ["\x1b[D", "\x1b[A", "\x1b[3~", "\x1b[1;5C", "\x1bOP", "\x1bx"];
  assertEquals(keysIn(keys.join("")), keys);
  assertEquals(typed(`a${keys.join("b")}c\r`), { type: "line", text: "abbbbbc" });
});

Deno.test("secret input: backspace removes a whole character, Ctrl+U all", () => {
  assertEquals(typed("a😀\x7fb\r"), { type: "line", text: "ab" });
  assertEquals(typed("abc\x15d\n"), { type: "line", text: "d" });
});

Deno.test("secret input: Ctrl+C leaves, and Ctrl+D only without text", () => {
  assertEquals(typed("a\x03"), { type: "leave", by: "interrupt" });
  assertEquals(typed("\x04"), { type: "leave", by: "end of input" });
  assertEquals(typed("a\x04"), undefined);
});
