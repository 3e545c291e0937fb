import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { MAX_IRC_LINE_BYTES, toByteString } from "../../../protocol/mod.ts";
import { IRC_COMMANDS } from "../../../server/irc/irc_session.ts";
import { Chat } from "../chat.ts";
import { joinIrc } from "./irc_stage.ts";

/** Parameters that commands look for, and others. */
const anyParameter = fc.oneof(
  fc.constantFrom(
    ...["#lobby", "#tea", "#LOBBY", "#", "Bob", "Ann", "hubbub", "*", "0", "+b", "-b", "+o", "+"],
    ...["LS", "302", "REQ", "END", "LATEST", "BETWEEN", "TARGETS", "S", "%tcn", "a,b,#lobby"],
    ...["msgid=x-1-lobby", "timestamp=2026-01-31T12:00:00.000Z", "", ":", "\x01ACTION x\x01"],
    ...["x".repeat(470), `#${"ä".repeat(230)}`],
  ),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 600 }),
);

const anyLine = fc.tuple(
  fc.constantFrom("", "@label=1 ", "@label=\r\0\x1b ", "@;=;label= ", ":source "),
  fc.constantFrom(...Object.keys(IRC_COMMANDS).filter((name) => name !== "QUIT"), "FOO"),
  fc.array(anyParameter, { maxLength: 5 }),
).map(([start, command, parameters]) => `${start}${command} ${parameters.join(" ")}`);

Deno.test("IRC: no lines break the session, and all lines of the server are lines of IRC", () => {
  fc.assert(
    fc.property(fc.array(anyLine, { maxLength: 20 }), fc.boolean(), (lines, isOperator) => {
      const chat = new Chat();
      const ann = joinIrc(chat, "Ann", { capabilities: "server-time message-tags account-tag" });
      const bob = joinIrc(chat, "Bob", {
        capabilities: "labeled-response batch echo-message message-tags",
      });
      bob.client.session.member!.isOperator = isOperator;
      for (const line of lines) bob.client.send(toByteString(line) + "\n");
      const wasKicked = isOperator && lines.some((line) => /KICK|PRIVMSG|\+b/.test(line));
      assert(!bob.client.session.isEnded || wasKicked, "Bob is still there");
      assertEquals(chat.metrics.internalErrors, 0);
      for (const { client } of [ann, bob]) {
        const { written } = client.transport;
        for (const line of written.split("\r\n").slice(0, -1)) {
          assert(/^(@[^ ]+ )?(:[^ ]+ )?([A-Z]+|\d{3})( |$)/.test(line), JSON.stringify(line));
          const body = line.replace(/^@[^ ]+ /, "");
          assertLessOrEqual(body.length, MAX_IRC_LINE_BYTES);
          assert(!/[\0\r\n]/.test(line), JSON.stringify(line));
        }
      }
    }),
    { numRuns: 60 },
  );
});
