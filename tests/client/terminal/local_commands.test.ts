import { assertEquals } from "@std/assert";
import { LOCAL_HELP, rings } from "../../../client/terminal/local_commands.ts";
import { message } from "../fakes.ts";

Deno.test("the bell rings for mentions and whispers, for all, or never", () => {
  const whisper = { type: "whisper", from: "Bob", to: "Ann", text: "psst", time: 1 } as const;
  const frames = [message(1, "hello"), message(2, "Ann?"), whisper, {
    type: "notice",
    text: "Ann",
  }] as const;
  const ringing = (mode: "off" | "mentions" | "all") =>
    frames.map((frame) => rings(mode, frame, "Ann"));
  assertEquals(ringing("mentions"), [false, true, true, false]);
  assertEquals(ringing("all"), [true, true, true, false]);
  assertEquals(ringing("off"), [false, false, false, false]);
});

Deno.test("each line of the help for local commands fits a terminal of 80 columns", () => {
  assertEquals(LOCAL_HELP.split("\n").filter(({ length }) => length > 80), []);
});
