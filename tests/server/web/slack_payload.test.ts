/** Payloads of Slack's incoming webhooks, and the text that a room gets. */

import { assert, assertEquals } from "@std/assert";
import { byteLength, MAX_TEXT_BYTES, MAX_TEXT_LINES } from "../../../protocol/mod.ts";
import {
  readSlackPayload,
  type SlackFault,
  type SlackResult,
} from "../../../server/web/slack_payload.ts";

const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";

const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const plain = (text: string) => ({ type: "plain_text", text });
const section = (text: string) => ({ type: "section", text: mrkdwn(text) });
const rich = (...elements: unknown[]) => ({ type: "rich_text", elements });
const word = (text: string) => ({ type: "text", text });
const nested = (depth: number): unknown =>
  depth === 0 ? word("deep") : { type: "rich_text_section", elements: [nested(depth - 1)] };

const TEXTS: readonly (readonly [what: string, payload: unknown, text: string])[] = [
  ["a text", { text: "disk full" }, "disk full"],
  ["marks of emphasis stay", { text: "*disk* `full`" }, "*disk* `full`"],
  ["a link", { text: "see <https://a.example/x>." }, "see https://a.example/x."],
  [
    "a link with a label",
    { text: "<https://a.example/?a=1&amp;b=2|Q&amp;A>" },
    "Q&A (https://a.example/?a=1&b=2)",
  ],
  ["a mail address", { text: "<mailto:a@b.example|a@b.example>" }, "a@b.example"],
  [
    "mentions",
    { text: "<!here> <!channel> <@U12> <@U12|ann> <#C12|tea> <#C12> <!subteam^S1|@ops>" },
    "@here @channel @U12 @ann #tea #C12 @ops",
  ],
  ["a date", { text: "<!date^1392734382^{date}|18 February>" }, "18 February"],
  ["entities, once", { text: "1 &lt; 2 &amp;lt; &gt; &quot;" }, "1 < 2 &lt; > &quot;"],
  ["brackets that are no reference", { text: "a <> b << c <d" }, "a <> b << c <d"],
  ["control characters", { text: "a\u001b[31mb\u202ec" }, "a[31mbc"],
  ["line ends of Windows", { text: "a\r\nb\n\n" }, "a\nb"],
  [
    "an attachment",
    {
      attachments: [{
        fallback: "fallback",
        pretext: "pretext",
        author_name: "author",
        title: "title",
        title_link: "https://a.example",
        text: "text <!here>",
        fields: [{ title: "load", value: 7, short: true }, { title: "host", value: "<@U1>" }],
        actions: [{ type: "button", text: "Silence", url: "https://b.example" }],
        color: "danger",
      }],
    },
    "pretext\nauthor\ntitle (https://a.example)\ntext @here\nload: 7\nhost: @U1\n" +
    "Silence (https://b.example)",
  ],
  ["an attachment with a fallback only", { attachments: [{ fallback: "x &amp; y" }] }, "x & y"],
  ["a text and attachments", { text: "a", attachments: [{ text: "b" }, { text: "c" }] }, "a\nb\nc"],
  ["blocks replace the text", { text: "short", blocks: [section("long")] }, "long"],
  ["unknown blocks do not", { text: "short", blocks: [{ type: "video" }] }, "short"],
  ["null is nothing", { text: "a", blocks: null, attachments: null, username: null }, "a"],
  [
    "blocks",
    {
      blocks: [
        { type: "header", text: plain("Head <https://a.example>") },
        { type: "section", text: mrkdwn("body"), fields: [mrkdwn("*a*"), plain("b")] },
        { type: "divider" },
        {
          type: "context",
          elements: [{ type: "image", alt_text: "cat" }, mrkdwn("by <@U1|ann>")],
        },
        { type: "image", alt_text: "graph", image_url: "https://a.example/g.png" },
        {
          type: "actions",
          elements: [{ type: "button", text: plain("Open"), url: "https://a.example" }, {
            type: "button",
            text: plain("Approve"),
          }],
        },
      ],
    },
    "Head <https://a.example>\nbody\n*a*\nb\n---\ncat by @ann\n" +
    "graph (https://a.example/g.png)\nOpen (https://a.example)",
  ],
  [
    "rich text",
    {
      blocks: [rich(
        {
          type: "rich_text_section",
          elements: [
            word("hi "),
            { type: "user", user_id: "U1" },
            word(" in "),
            { type: "channel", channel_id: "C1" },
            word(" "),
            { type: "broadcast", range: "here" },
            word(" "),
            { type: "emoji", name: "tada" },
            word(" "),
            { type: "link", url: "https://a.example", text: "a" },
          ],
        },
        {
          type: "rich_text_list",
          style: "ordered",
          elements: [nested(1), { type: "rich_text_section", elements: [word("two")] }],
        },
        { type: "rich_text_list", style: "bullet", elements: [nested(1)] },
        { type: "rich_text_quote", elements: [word("one\ntwo")] },
        { type: "rich_text_preformatted", elements: [word("code &amp;\n")] },
      )],
    },
    "hi @U1 in #C1 @here :tada: a (https://a.example)\n1. deep\n2. two\n- deep\n" +
    "> one\n> two\ncode &amp;",
  ],
];

for (const [what, payload, text] of TEXTS) {
  Deno.test(`slack payload: ${what}`, () => {
    const expected = { value: { text, username: undefined, channel: undefined } };
    assertEquals(readSlackPayload(JSON.stringify(payload), JSON_TYPE), expected);
  });
}

const HELLO = '{"text": "a&b=c+d", "username": "cron", "channel": " #tea "}';

Deno.test("slack payload: JSON and a form have the same message", () => {
  const expected = { value: { text: "a&b=c+d", username: "cron", channel: "#tea" } };
  for (
    const [body, type] of [
      [HELLO, JSON_TYPE],
      [HELLO, "application/json; charset=utf-8"],
      [HELLO, ""],
      [HELLO, FORM], // curl -d
      [new URLSearchParams({ payload: HELLO, other: "x" }).toString(), FORM],
    ] as const
  ) {
    assertEquals(readSlackPayload(body, type), expected, type);
  }
});

const many = (count: number, item: unknown) => Array.from({ length: count }, () => item);

const FAULTS: readonly (readonly [body: string, fault: SlackFault])[] = [
  ["", "invalid_payload"],
  ["text=hello", "invalid_payload"],
  ["payload=", "invalid_payload"],
  ["payload={", "invalid_payload"],
  ["[]", "invalid_payload"],
  ["null", "invalid_payload"],
  ['"text"', "invalid_payload"],
  ['{"text": 7}', "invalid_payload"],
  ['{"text": "a", "channel": ["b"]}', "invalid_payload"],
  ["{}", "no_text"],
  ['{"text": " \\n\\u0007 "}', "no_text"],
  ['{"blocks": [], "attachments": [{}]}', "no_text"],
  ['{"text": "a", "attachments": {}}', "invalid_attachments"],
  ['{"text": "a", "attachments": ["b"]}', "invalid_attachments"],
  ['{"text": "a", "blocks": "b"}', "invalid_blocks"],
  ['{"text": "a", "blocks": [7]}', "invalid_blocks"],
  [JSON.stringify({ blocks: many(51, section("a")) }), "invalid_blocks"],
  [JSON.stringify({ blocks: [rich(nested(9))] }), "invalid_blocks"],
  [JSON.stringify({ attachments: many(101, { text: "a" }) }), "too_many_attachments"],
  ["[".repeat(100_000), "invalid_payload"],
];

for (const [body, fault] of FAULTS) {
  Deno.test(`slack payload: refuses ${body.slice(0, 40)} (${fault})`, () => {
    const expected: SlackResult = { fault };
    assertEquals(readSlackPayload(body, FORM), expected);
    if (!body.startsWith("payload")) assertEquals(readSlackPayload(body, JSON_TYPE), expected);
  });
}

Deno.test("slack payload: a long text is cut to the bounds of a message", () => {
  const whole = "\u{1f600}".repeat(MAX_TEXT_BYTES / 4);
  const textOf = (text: string) =>
    readSlackPayload(JSON.stringify({ text }), JSON_TYPE).value!.text;
  assertEquals(textOf(whole), whole);
  const cut = textOf(`${whole}a`);
  assertEquals(cut, `${"\u{1f600}".repeat((MAX_TEXT_BYTES - 6 - 2) / 4)}\n[cut]`);
  assert(byteLength(cut) <= MAX_TEXT_BYTES);
  const rows = textOf("a\n".repeat(MAX_TEXT_LINES) + "a").split("\n");
  assertEquals([rows.length, rows.at(-1)], [MAX_TEXT_LINES, "[cut]"]);
});
