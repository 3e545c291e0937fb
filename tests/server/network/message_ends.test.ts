import { assertEquals } from "@std/assert";
import { toByteString } from "../../../protocol/mod.ts";
import { MessageEnds } from "../../../server/network/message_ends.ts";

/** A read, the pause before it, and whether it begins a message. */
interface Read {
  readonly text: string;
  readonly pause?: number;
  readonly isNew: boolean;
}

const LONG = "x".repeat(1208);
const ROWS: Readonly<Record<string, { lineTimeout?: number; reads: readonly Read[] }>> = {
  "short messages without a line feed, with and without a pause": {
    reads: [
      { text: "Hello", isNew: true },
      { text: "a", isNew: true },
      { text: "b", isNew: true },
      { text: "\u00fc", pause: 5000, isNew: true },
      { text: "x".repeat(1207), isNew: true },
      { text: "more", isNew: true },
    ],
  },
  "lines, however they are cut": {
    reads: [
      { text: "Hello\n", isNew: false },
      { text: "Hel", isNew: false },
      { text: "lo wo", pause: 5000, isNew: false },
      { text: "rld\n", isNew: false },
    ],
  },
  "a first line in two pieces": {
    reads: [{ text: "Hel", isNew: true }, { text: "lo\n", isNew: false }],
  },
  "typing, a character at a time": {
    reads: [..."h\u00e9\u{1f600}"].map((text) => ({ text, pause: 200, isNew: false })),
  },
  "a message longer than a segment, and the next one": {
    reads: [
      { text: LONG, isNew: true },
      { text: "its end", isNew: false },
      { text: "more", pause: 99, isNew: false },
      { text: "another", pause: 100, isNew: true },
      { text: "and another", isNew: true },
    ],
  },
  "with a line timeout, whatever a client sends": {
    lineTimeout: 300,
    reads: [
      { text: "a", isNew: true },
      { text: "b", pause: 299, isNew: false },
      { text: "c", pause: 300, isNew: true },
      { text: "a line\nand", isNew: false },
      { text: "its end", pause: 299, isNew: false },
      { text: "another", pause: 300, isNew: true },
    ],
  },
};

for (const [what, { lineTimeout = 0, reads }] of Object.entries(ROWS)) {
  Deno.test(`message ends: ${what}`, () => {
    let time = 0;
    const ends = new MessageEnds(() => time, lineTimeout);
    for (const { text, pause = 0, isNew } of reads) {
      time += pause;
      assertEquals(ends.beginsMessage(toByteString(text)), isNew, text);
    }
  });
}
