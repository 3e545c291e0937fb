import { assertEquals } from "@std/assert";
import { hookBody } from "../../../server/hooks/hook_body.ts";

const frame = {
  type: "message",
  seq: 7,
  room: "alerts",
  from: "Bob",
  text: "disk full",
  time: 1769862896123,
} as const;

const textOf = (text: string, action?: true) =>
  JSON.parse(hookBody({ ...frame, text, ...(action && { action }) }, "1")).text;

Deno.test("the body of a webhook has the fields of Slack", () => {
  assertEquals(JSON.parse(hookBody(frame, "msg_1")), {
    text: "disk full",
    username: "Bob",
    channel_name: "alerts",
    ts: "1769862896.123000",
    id: "msg_1",
  });
});

Deno.test("an action is in italics", () => assertEquals(textOf("waves", true), "_waves_"));

Deno.test("a text of a user notifies no user, and makes no link with another text", () => {
  for (
    const [text, sent] of [
      [
        "<!channel> <@U1> <https://a.example|b>",
        "&lt;!channel&gt; &lt;@U1&gt; &lt;https://a.example|b&gt;",
      ],
      ["a && b &lt;", "a &amp;&amp; b &amp;lt;"],
      [
        "@here @Channel, @ALL! @everyone",
        "@\u200bhere @\u200bChannel, @\u200bALL! @\u200beveryone",
      ],
      ["@everyone1 @HEREby", "@\u200beveryone1 @\u200bHEREby"],
      ["@allan @Bob a@b.example", "@allan @Bob a@b.example"],
    ] as const
  ) assertEquals(textOf(text), sent);
});
