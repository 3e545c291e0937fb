/** The quotation of a message. */

import { assertEquals } from "@std/assert";
import { MessageFactory } from "../../../web/model/message_factory.ts";
import { quotationOf } from "../../../web/model/quotation.ts";
import { message } from "./fixture_chat.ts";

const quotation = (text: string, action?: true) => {
  const frame = message(1, { text, ...(action === undefined ? undefined : { action }) });
  return quotationOf(new MessageFactory(() => 0).message(frame, "Ann"));
};

Deno.test("quotation: the sender and the first lines, without earlier quotations", () => {
  for (
    const [text, expected] of [
      ["hello", "> Ben: hello"],
      ["one\n\ntwo", "> Ben: one\n> two"],
      ["> Ann: old\n> older\nnew", "> Ben: new"],
      ["> only\n>> quoted", "> Ben: only\n> quoted"],
      ["1\n2\n3\n4", "> Ben: 1\n> 2\n> 3\n> …"],
      ["😀".repeat(201), `> Ben: ${"😀".repeat(200)}…`],
    ]
  ) assertEquals(quotation(text!), expected, text);
  assertEquals(quotation("waves", true), "> * Ben waves");
});
