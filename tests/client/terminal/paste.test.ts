import { assertEquals } from "@std/assert";
import { PasteDecoder } from "../../../client/terminal/keyboard.ts";
import { pasteOf } from "../../../client/terminal/user_input.ts";

const keys = (text: string) => ({ type: "keys", text }) as const;
const paste = (text: string) => ({ type: "paste", text }) as const;

Deno.test("pastes are separated from typed text in chunks of any size", () => {
  const stream = "ab\x1b[Ac\x1b[200~one\r\ttwo\x1b[A\x1b[201~d";
  const expected = [keys("ab\x1b[Ac"), paste("one\r\ttwo\x1b[A"), keys("d")];
  assertEquals(new PasteDecoder().push(stream), expected);
  for (let cut = 0; cut <= stream.length; cut++) {
    // Behind an ESC alone: that is the key, and must not wait.
    if (stream[cut - 1] === "\x1b" && stream.startsWith("[200~", cut)) continue;
    const decoder = new PasteDecoder();
    const found = [...decoder.push(stream.slice(0, cut)), ...decoder.push(stream.slice(cut))];
    const joined = found.reduce<typeof found>((all, input) => {
      const last = all.at(-1);
      if (input.type !== "keys" || last?.type !== "keys") return [...all, input];
      return [...all.slice(0, -1), keys(last.text + input.text)];
    }, []);
    assertEquals(joined, expected, `cut at ${cut}`);
  }
});

Deno.test("a lone ESC is not delayed, and a Tab outside of a paste is reported", () => {
  const decoder = new PasteDecoder();
  assertEquals(decoder.push("\x1b"), [keys("\x1b")]);
  assertEquals(decoder.push("a\tb\x1b[Z"), [
    keys("a"),
    { type: "tab", isBack: false },
    keys("b"),
    { type: "tab", isBack: true },
  ]);
});

Deno.test("a paste without an end is limited in length", () => {
  const decoder = new PasteDecoder();
  decoder.push("\x1b[200~");
  for (let chunk = 0; chunk < 30; chunk++) decoder.push("x".repeat(100_000));
  const [input] = decoder.push("\x1b[201~");
  assertEquals(input?.type === "paste" ? input.text.length : 0, 1_000_000);
});

Deno.test("a single line, with or without an end, opens no question", () => {
  for (const text of ["one", "one\n", "\r\none\r\n", "", "\n\n"]) {
    assertEquals(pasteOf(text, "", ""), undefined, JSON.stringify(text));
  }
});

Deno.test("several lines are counted, cleaned, and joined with the line around them", () => {
  const found = pasteOf("one\r\n\r\n\x1b[31mtwo\x07\rthree\n\n", "so: ", " end")!;
  assertEquals(found.text, "so: one\n\n[31mtwo\nthree end");
  assertEquals(found.lines, ["so: one", "[31mtwo", "three end"]);
  assertEquals(found.question, "Send 3 lines? [y]es, [o]ne message, [n]o ");
  assertEquals(found.answers.get("y"), "lines");
  assertEquals(found.answers.get("o"), "block");
  assertEquals(found.answers.get("n"), "no");
  assertEquals(found.answers.get("\r"), undefined);
});

Deno.test("a text over the limit of a message can only be sent line by line", () => {
  const found = pasteOf("x".repeat(4000) + "\n" + "ö".repeat(100), "", "")!;
  assertEquals(found.question, "Send 2 lines? [y]es, [n]o ");
  assertEquals(found.answers.get("o"), undefined);
});

Deno.test("after a command several lines can only be sent as one message", () => {
  const found = pasteOf("one\ntwo", "/w Bob ", "")!;
  assertEquals(found.question, "Send 2 lines as one message? [y]es, [n]o ");
  assertEquals(found.answers.get("y"), "block");
  assertEquals(pasteOf("one\ntwo", "//w ", "")!.answers.get("y"), "lines");
});
