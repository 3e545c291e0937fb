import { assertEquals, assertLessOrEqual } from "@std/assert";
import {
  fromByteString,
  IrcCodec,
  type IrcUser,
  MAX_IRC_LINE_BYTES,
  type MessageFrame,
  type ServerFrame,
} from "../../protocol/mod.ts";

const TIME = Date.UTC(2026, 0, 31, 12);
const NOW = "2026-01-31T12:00:00.000Z";

const USERS: Readonly<Record<string, IrcUser>> = {
  Op: { isAuthenticated: true, away: undefined },
  Ann: { isAuthenticated: false, away: "tea" },
};

function lines(frame: ServerFrame, capabilities: readonly string[] = [], self = "Me"): string[] {
  const codec = new IrcCodec(new Set(capabilities), (name) => USERS[name]);
  const text = fromByteString(codec.encode(frame, self))!;
  return text === "" ? [] : text.replace(/\r\n$/, "").split("\r\n");
}

function message(text: string, more: Partial<MessageFrame> = {}): MessageFrame {
  return { type: "message", seq: 7, room: "lobby", from: "Ann", text, time: TIME, ...more };
}

const ROWS: readonly (readonly [why: string, frame: ServerFrame, lines: readonly string[]])[] = [
  ["a message", message("hi"), [":Ann!user@hubbub PRIVMSG #lobby :hi"]],
  ["a message that starts with a colon", message(": )"), [":Ann!user@hubbub PRIVMSG #lobby :: )"]],
  ["an action", message("waves", { action: true }), [
    ":Ann!user@hubbub PRIVMSG #lobby :\x01ACTION waves\x01",
  ]],
  ["a notice", message("up", { notice: true }), [":Ann!user@hubbub NOTICE #lobby :up"]],
  [
    "a notice to one user",
    { type: "whisper", from: "Ann", to: "Me", text: "up", time: TIME, notice: true },
    [":Ann!user@hubbub NOTICE Me :up"],
  ],
  ["several lines, one of them empty", message("a\n\nb"), [
    ":Ann!user@hubbub PRIVMSG #lobby :a",
    ":Ann!user@hubbub PRIVMSG #lobby : ",
    ":Ann!user@hubbub PRIVMSG #lobby :b",
  ]],
  ["a name with the end of a name", message("hi", { from: "Wow!" }), [
    ":Wowǃ!user@hubbub PRIVMSG #lobby :hi",
  ]],
  ["a whisper", { type: "whisper", from: "Ann", to: "Me", text: "psst", time: TIME, number: 1 }, [
    ":Ann!user@hubbub PRIVMSG Me :psst",
  ]],
  ["a join", { type: "joined", room: "tea", name: "Ann", time: TIME }, [
    ":Ann!user@hubbub JOIN #tea",
  ]],
  [
    "a join of an operator",
    { type: "joined", room: "tea", name: "Op", time: TIME, operator: true },
    [
      ":Op!user@hubbub JOIN #tea",
      ":hubbub MODE #tea +o Op",
    ],
  ],
  ["one's own join", { type: "joined", room: "tea", name: "Op", time: TIME, seq: 3 }, [
    ":Op!user@hubbub JOIN #tea",
  ]],
  ["an end", { type: "left", room: "tea", name: "Ann", time: TIME, reason: "gone" }, [
    ":Ann!user@hubbub QUIT :gone",
  ]],
  ["a room left", { type: "left", room: "tea", name: "Ann", time: TIME, online: true }, [
    ":Ann!user@hubbub PART #tea",
  ]],
  ["a room left for another", { type: "left", room: "tea", name: "Ann", time: TIME, to: "lobby" }, [
    ":Ann!user@hubbub PART #tea :to #lobby",
  ]],
  [
    "a new operator",
    { type: "account", room: "tea", name: "Ann", time: TIME, operator: true },
    [":hubbub MODE #tea +o Ann"],
  ],
  [
    "an operator no more",
    { type: "account", room: "tea", name: "Ann", time: TIME, operator: false },
    [":hubbub MODE #tea -o Ann"],
  ],
  [
    "a login, to a client without account-notify",
    { type: "account", room: "tea", name: "Ann", time: TIME, loggedIn: true },
    [],
  ],
  ["a kick", { type: "left", room: "tea", name: "Ann", time: TIME, by: "Op", reason: "loud" }, [
    ":Op!user@hubbub KICK #tea Ann :loud",
  ]],
  ["a new name", { type: "renamed", room: "tea", from: "Ann", to: "Anna", time: TIME }, [
    ":Ann!user@hubbub NICK :Anna",
  ]],
  ["the same name", { type: "renamed", from: "Ann", to: "Ann", time: TIME }, []],
  ["a topic", { type: "topic", room: "tea", text: "Oolong", by: "Ann", time: TIME }, [
    ":Ann!user@hubbub TOPIC #tea :Oolong",
  ]],
  [
    "away, to a client without away-notify",
    { type: "away", room: "tea", name: "Ann", text: "" },
    [],
  ],
  ["a notice of two lines", { type: "notice", text: "a\nb" }, [
    ":hubbub NOTICE Me :a",
    ":hubbub NOTICE Me :b",
  ]],
  ["skipped messages", { type: "skipped", room: "tea", count: 2, from: 4, to: 5 }, [
    ":hubbub NOTICE Me :2 messages of #tea skipped, since your client read too slowly.",
  ]],
  ["the numbers of a large room", {
    type: "presence",
    room: "tea",
    joined: 12,
    left: 3,
    members: 1009,
    time: TIME,
  }, [":hubbub NOTICE #tea :12 joined and 3 left: 1009 online."]],
  ["a ping", { type: "ping", t: 5 }, ["PING :5"]],
  ["the end of the connection", { type: "bye", reason: "quit", text: "Goodbye!" }, [
    "ERROR :Goodbye!",
  ]],
  ["a confirmation of programs", { type: "ack", id: "1" }, []],
];

for (const [why, frame, expected] of ROWS) {
  Deno.test(`IRC codec: ${why}`, () => assertEquals(lines(frame), expected));
}

Deno.test("IRC codec: capabilities add tags, an account and a real name to lines", () => {
  const all = [
    ...["server-time", "message-tags", "account-tag", "extended-join", "away-notify"],
    "account-notify",
  ];
  const id = `msgid=${TIME.toString(36)}-7-lobby`;
  assertEquals(lines(message("hi"), all), [
    `@time=${NOW};${id} :Ann!user@hubbub PRIVMSG #lobby :hi`,
  ]);
  assertEquals(lines(message("hi", { from: "Op" }), all), [
    `@time=${NOW};${id};account=Op :Op!user@hubbub PRIVMSG #lobby :hi`,
  ]);
  assertEquals(lines(message("hi"), ["server-time"]), [
    `@time=${NOW} :Ann!user@hubbub PRIVMSG #lobby :hi`,
  ]);
  assertEquals(lines({ type: "joined", room: "tea", name: "Ann", time: TIME }, all), [
    `@time=${NOW} :Ann!user@hubbub JOIN #tea * :Ann`,
    ":Ann!user@hubbub AWAY :tea",
  ]);
  assertEquals(lines({ type: "away", room: "tea", name: "Ann", text: "" }, all), [
    ":Ann!user@hubbub AWAY :away",
  ]);
  assertEquals(lines({ type: "away", room: "tea", name: "Ann" }, all), [":Ann!user@hubbub AWAY"]);
  assertEquals(lines({ type: "away", room: "tea", name: "Op" }, all), [
    "@account=Op :Op!user@hubbub AWAY",
  ]);
  const account = { type: "account", room: "tea", time: TIME } as const;
  assertEquals(lines({ ...account, name: "Op", loggedIn: true }, all), [
    `@time=${NOW};account=Op :Op!user@hubbub ACCOUNT Op`,
  ]);
  assertEquals(lines({ ...account, name: "Ann", loggedIn: false }, all), [
    `@time=${NOW} :Ann!user@hubbub ACCOUNT *`,
  ]);
  assertEquals(lines({ ...account, name: "Op", operator: true }, all), [
    `@time=${NOW} :hubbub MODE #tea +o Op`,
  ]);
  const kick = { type: "left", room: "tea", name: "Ann", time: TIME, by: "Op" } as const;
  assertEquals(lines(kick, all), [
    `@time=${NOW};account=Op :Op!user@hubbub KICK #tea Ann :Op`,
  ], "the account of the operator");
});

Deno.test("IRC codec: only the first line of a message has its id", () => {
  assertEquals(lines(message("a\nb"), ["server-time", "message-tags"]), [
    `@time=${NOW};msgid=${TIME.toString(36)}-7-lobby :Ann!user@hubbub PRIVMSG #lobby :a`,
    `@time=${NOW} :Ann!user@hubbub PRIVMSG #lobby :b`,
  ]);
});

Deno.test("IRC codec: a long message is split at 512 bytes on a character, without its tags", () => {
  for (const letter of ["x", "ä", "€", "😀"]) {
    for (const action of [false, true] as const) {
      const text = letter.repeat(Math.floor(4096 / new TextEncoder().encode(letter).length));
      const split = lines(message(text, action ? { action } : {}), ["server-time"]);
      const parts = split.map((line) => line.replace(/^@\S+ /, ""));
      for (const part of parts) {
        assertLessOrEqual(new TextEncoder().encode(part).length, MAX_IRC_LINE_BYTES);
      }
      const start = `:Ann!user@hubbub PRIVMSG #lobby :${action ? "\x01ACTION " : ""}`;
      const end = action ? "\x01" : "";
      const texts = parts.map((part) => part.slice(start.length, part.length - end.length));
      assertEquals(texts.join(""), text);
    }
  }
});
