/** The messages that ask for the reader's attention. */

import { assertEquals } from "@std/assert";
import { Attention } from "../../../web/model/attention.ts";
import { FixtureChat, message } from "./fixture_chat.ts";

Deno.test("attention: each unread whisper and mention is reported once", () => {
  const fixture = FixtureChat.inside();
  fixture.isWatched = false;
  const attention = new Attention();
  const alerts = () =>
    attention.check(fixture.chat.conversations.all)
      .map(({ conversation: { name }, entry: { text } }) => `${name}: ${text}`);
  assertEquals(alerts(), []);
  fixture.addNotice(message(1), message(2, { text: "Ann: hi" }), message(3));
  assertEquals(alerts(), ["lobby: Ann: hi"]);
  assertEquals(alerts(), []);
  fixture.addNotice(message(4));
  assertEquals(alerts(), [], "the mention before is known");
  const whisper = { type: "whisper", from: "Ben", to: "Ann", time: 1 } as const;
  fixture.addNotice({ ...whisper, text: "one" }, { ...whisper, text: "two" });
  assertEquals(alerts(), ["Ben: two"]);

  fixture.isWatched = true;
  fixture.chat.conversations.watched();
  assertEquals(alerts(), []);
  fixture.addNotice(message(5, { text: "Ann?" }));
  assertEquals(alerts(), [], "the reader sees it");
  fixture.isWatched = false;
  fixture.addNotice(message(6, { text: "ann!" }));
  assertEquals(alerts(), ["lobby: ann!"]);
});
