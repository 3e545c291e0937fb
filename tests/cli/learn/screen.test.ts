import { assertEquals } from "@std/assert";
import { COLORED, PLAIN_STYLE } from "../../../client/learn/layout.ts";
import { type Key, keysOf, readKeys } from "../../../cli/learn/keys.ts";
import { LessonScreen } from "../../../cli/learn/screen.ts";

function newScreen(columns: number | undefined, canErase: boolean) {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), ...(columns ? { columns } : {}) };
  const screen = new LessonScreen(output, PLAIN_STYLE, canErase);
  return { screen, text: () => written.splice(0).join("") };
}

Deno.test("screen: the status stays below what is printed, and goes without a trace", () => {
  const { screen, text } = newScreen(80, true);
  screen.print("one");
  screen.status("Waiting");
  assertEquals(text(), "one\n\n  Waiting");
  screen.print("two");
  assertEquals(text(), "\r\x1b[2K\x1b[1Atwo\n\n  Waiting");
  screen.status("Waiting");
  assertEquals(text(), "");
  screen.status("");
  assertEquals(text(), "\r\x1b[2K\x1b[1A");
});

for (
  const [columns, expected] of [
    [80, "  Waiting until a client connects · s: skip · q: leave"],
    [40, "  Waiting until a client connects · s q"],
    [36, "  Waiting until a client connects"],
    [30, "  Waiting until a clie… · s q"],
    [16, "  Waitin… · s q"],
    [8, "  … · s"],
  ] as const
) {
  Deno.test(`screen: with ${columns} columns a status never wraps, and names keys where there is room`, () => {
    const { screen, text } = newScreen(columns, true);
    screen.status("Waiting until a client connects", "s: skip · q: leave");
    assertEquals(text(), `\n${expected}`);
  });
}

Deno.test("screen: a terminal that cannot erase gets plain text", () => {
  const { screen, text } = newScreen(10, false);
  screen.status("Waiting for it", "q: leave");
  screen.print("two");
  screen.status("");
  screen.remark("three");
  assertEquals(text(), "\n  Waiting for it · q: leave\ntwo\n\n  three\n");
});

Deno.test("screen: one of unknown size has 80 columns", () => {
  const { screen } = newScreen(undefined, true);
  assertEquals(screen.layout.columns, 80);
  assertEquals(new LessonScreen({ write() {}, columns: 0 }, COLORED, true).layout.columns, 80);
});

Deno.test("keys: letters, Enter and the ways to leave are known; escape sequences are not", () => {
  assertEquals(keysOf("a\rQ"), [{ letter: "A" }, "enter", "leave"]);
  assertEquals(keysOf("\x03\x04\n"), ["leave", "leave", "enter"]);
  assertEquals(keysOf("shrx?"), ["skip", "help", "repeat", "explain", "help"]);
  assertEquals(keysOf("\x1b[A"), []);
  assertEquals(keysOf("1 ä;\x00"), []);
  assertEquals(keysOf("a".repeat(1000)).length, 8); // a paste
});

Deno.test("keys: the terminal is in raw mode while keys are read, and its end is a key to leave", () => {
  const calls: string[] = [];
  const listeners = new Map<string, (text: string) => void>();
  const pressed: Key[] = [];
  const restore = readKeys({
    setRawMode: (isRaw: boolean) => calls.push(`raw ${isRaw}`),
    setEncoding: (encoding) => calls.push(encoding),
    on: (event: string, listener: (text: string) => void) => listeners.set(event, listener),
    resume: () => calls.push("resume"),
    pause: () => calls.push("pause"),
  }, (key) => pressed.push(key));
  listeners.get("data")!("b\r");
  listeners.get("end")!("");
  assertEquals(pressed, [{ letter: "B" }, "enter", "leave"]);
  restore();
  assertEquals(calls, ["raw true", "utf8", "resume", "raw false", "pause"]);
});
