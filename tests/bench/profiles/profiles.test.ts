import { assertEquals, assertMatch } from "@std/assert";
import { toByteString } from "../../../protocol/byte_string.ts";
import { Timestamps } from "../../../protocol/timestamps.ts";
import { textLines } from "../../../protocol/text_codec.ts";
import type { LoginAnswer } from "../../../bench/profiles/profile.ts";
import { type ProfileName, profileOf, PROFILES } from "../../../bench/profiles/mod.ts";

const WELCOME =
  `{"type":"welcome","name":"a","rooms":[{"room":"lobby","seq":0}],"server":"hubbub","session":"s"}\n`;

const LOGINS: readonly {
  profile: ProfileName;
  why: string;
  received: string;
  answer: LoginAnswer;
}[] = [
  { profile: "json", why: "welcome", received: WELCOME, answer: "joined" },
  {
    profile: "json",
    why: "a notice first",
    received: `{"type":"notice","text":"welcome"}\n${WELCOME}`,
    answer: "joined",
  },
  {
    profile: "json",
    why: "refused",
    received: `{"type":"error","code":"name_taken","text":"The name \\"a\\" is taken."}\n`,
    answer: { code: "name_taken", text: 'The name "a" is taken.' },
  },
  {
    profile: "json",
    why: "shut down",
    received: `{"type":"bye","reason":"shutdown","text":"Going down."}\n`,
    answer: { code: "shutdown", text: "Going down." },
  },
  {
    profile: "json",
    why: "no JSON at all",
    received: "HTTP/1.1 400 Bad Request\r\n\r\n",
    answer: undefined,
  },
  {
    profile: "websocket",
    why: "upgraded, and welcome",
    received: "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x5d" + WELCOME.trimEnd(),
    answer: "joined",
  },
  {
    profile: "websocket",
    why: "no such page",
    received: "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    answer: { code: "http_404", text: "the server answered 404 Not Found" },
  },
  {
    profile: "irc",
    why: "the names of the channel",
    received: ":irc.x 001 a :Welcome\r\n:irc.x 422 a :No motd\r\n:a!~a@h JOIN :#hubbub\r\n" +
      ":irc.x 353 a = #hubbub :a\r\n:irc.x 366 a #hubbub :End of NAMES list\r\n",
    answer: "joined",
  },
  {
    profile: "irc",
    why: "a taken name",
    received: ":irc.x 433 * a :Nickname already in use\r\n",
    answer: { code: "433", text: "a :Nickname already in use" },
  },
  {
    profile: "irc",
    why: "turned away",
    received: "ERROR :Too many connections\r\n",
    answer: { code: "ERROR", text: "Too many connections" },
  },
  {
    profile: "nats",
    why: "the PING is answered",
    received: 'INFO {"server_id":"x"}\r\nPONG\r\n',
    answer: "joined",
  },
  {
    profile: "nats",
    why: "a password is wanted",
    received: "INFO {}\r\n-ERR 'Authorization Violation'\r\n",
    answer: { code: "refused", text: "Authorization Violation" },
  },
  {
    profile: "redis",
    why: "subscribed",
    received: "%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n" +
      ">3\r\n$9\r\nsubscribe\r\n$6\r\nhubbub\r\n:1\r\n",
    answer: "joined",
  },
  {
    profile: "redis",
    why: "a password is wanted",
    received: "-NOAUTH HELLO must be called with the client already authenticated\r\n",
    answer: { code: "NOAUTH", text: "HELLO must be called with the client already authenticated" },
  },
  { profile: "echo", why: "it is connected", received: "", answer: "joined" },
  { profile: "line", why: "it says something", received: "h", answer: "joined" },
  {
    profile: "text",
    why: "the prompt stands before the welcome",
    received: "Enter your username: [12:35:02] [SYSTEM]: Welcome, Alice! Type /help for",
    answer: "joined",
  },
  {
    profile: "text",
    why: "no prompt",
    received: "[12:35:02] [SYSTEM]: Welcome, Alice! Type /help for available commands.\n",
    answer: "joined",
  },
  {
    profile: "text",
    why: "the prompt alone",
    received: "Enter your username: ",
    answer: undefined,
  },
  {
    profile: "text",
    why: "a taken name",
    received: toByteString('Enter your username: [12:35:02] [ERROR]: The name "Zoë" is taken.\r\n'),
    answer: { code: "refused", text: 'The name "Zoë" is taken.' },
  },
];

for (const { profile, why, received, answer } of LOGINS) {
  Deno.test(`profile ${profile}: login, ${why}`, () => {
    assertEquals(PROFILES[profile].readLogin(received), answer);
    // Cut anywhere, there is no answer yet or the same one.
    for (let end = 0; end < received.length; end++) {
      const early = PROFILES[profile].readLogin(received.slice(0, end));
      if (early !== undefined) assertEquals(early, answer, `cut at ${end}`);
    }
  });
}

const NOTICES: readonly {
  profile: ProfileName;
  why: string;
  received: string;
  answer?: string;
  codes?: string[];
}[] = [
  {
    profile: "json",
    why: "ping",
    received: `","time":1}\n{"type":"ping","t":7}\n{"type":"message","text":"`,
    answer: `{"type":"pong","t":7}\n`,
  },
  {
    profile: "json",
    why: "error and skipped",
    received: `{"type":"error","code":"rate_limited","text":"Slow {down}."}\n` +
      `{"type":"skipped","room":"lobby","count":3,"from":4,"to":6}\n`,
    codes: ["rate_limited", "skipped"],
  },
  {
    profile: "text",
    why: "error and skipped",
    received: "[12:00:00] [ERROR]: Slow down.\n[12:00:01] *** 37 messages skipped. More. ***\n",
    codes: ["error", "skipped"],
  },
  {
    profile: "websocket",
    why: "ping",
    received: "\x89\x02ab",
    answer: "\x8a\x82\0\0\0\0ab",
  },
  {
    profile: "websocket",
    why: "upgraded",
    received: "HTTP/1.1 101 x\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    answer: `\x81\x99\0\0\0\0{"type":"hello","name":"n"}`.replace("\x99", "\x9b"),
  },
  {
    profile: "irc",
    why: "registered, and a cookie",
    received: "PING :abc\r\n:irc.x 001 n :Welcome\r\n",
    answer: "PONG :abc\r\nJOIN #hubbub\r\n",
  },
  { profile: "irc", why: "an error", received: ":irc.x 404 n #hubbub :No\r\n", codes: ["404"] },
  { profile: "nats", why: "ping", received: "\r\nPING\r\nMSG hubbub 1 9\r\n", answer: "PONG\r\n" },
  { profile: "nats", why: "an error", received: "-ERR 'Slow Consumer'\r\n", codes: ["-ERR"] },
  { profile: "redis", why: "an error", received: ":8\r\n-OOM no memory\r\n", codes: ["OOM"] },
];

for (const { profile, why, received, answer = "", codes = [] } of NOTICES) {
  Deno.test(`profile ${profile}: reads ${why}`, () => {
    const notices = PROFILES[profile].readNotices!(received, "n");
    assertEquals(notices?.answer, answer);
    assertEquals(notices?.complaints.map(({ code }) => code), codes);
  });
}

for (const count of [1, 2, 37]) {
  Deno.test(`profiles json, text: read that the server skipped ${count}`, () => {
    const frame = { type: "skipped", room: "lobby", count, from: 4, to: 3 + count } as const;
    const received = {
      json: JSON.stringify(frame) + "\n",
      text: textLines(frame, new Timestamps(), 0, "n"),
    };
    for (const profile of ["json", "text"] as const) {
      const { complaints = [] } = PROFILES[profile].readNotices!(received[profile], "n") ?? {};
      assertEquals(complaints.map(({ skipped }) => skipped), [count], received[profile]);
    }
  });
}

for (
  const [profile, between] of [
    ["json", `","time":1}\n{"type":"message","seq":2,"room":"lobby","from":"a","text":"`],
    ["websocket", `","time":1}\x81~\0\x89{"type":"message","seq":2,"from":"a","text":"`],
    ["text", "\n[12:00:00] a: "],
    ["irc", "\r\n:a!~a@127.0.0.1 PRIVMSG #hubbub :"],
    ["nats", "\r\nMSG hubbub 1 64\r\n"],
    ["redis", "\r\n:8\r\n>3\r\n$7\r\nmessage\r\n$6\r\nhubbub\r\n$64\r\n"],
  ] as const
) {
  Deno.test(`profile ${profile}: reads no notice in the bytes around a delivery`, () => {
    assertEquals(PROFILES[profile].readNotices!(between, "n"), undefined);
  });
}

Deno.test("profile line: its templates", () => {
  const profile = profileOf({
    profile: "line",
    lines: { login: "USER {name}\r\n", message: "SAY {text} $&\n", welcome: "hi " },
  });
  assertEquals(profile.login("a$&"), "USER a$&\r\n");
  assertEquals(profile.message("~x;"), "SAY ~x; $&\n");
  assertEquals(profile.readLogin("oh hi there"), "joined");
  assertEquals(profile.readLogin("oh"), undefined);
  assertEquals(profileOf({ profile: "line", lines: { welcome: "" } }).readLogin(""), "joined");
});

Deno.test("profiles: what is sent", () => {
  assertEquals(PROFILES.json.login("n"), '{"type":"hello","name":"n"}\n');
  assertEquals(
    PROFILES.json.login("bench-k3f9-8-0"),
    '{"type":"hello","name":"bench-k3f9-8-0","rooms":["bench-k3f9"]}\n',
  );
  assertEquals(PROFILES.json.message("~x;"), '{"type":"message","text":"~x;"}\n');
  assertEquals(PROFILES.text.login("bench-k3f9-0"), "bench-k3f9-0\n");
  assertEquals(PROFILES.json.goodbye, '{"type":"quit"}\n');
  assertEquals(PROFILES.text.message("~x;"), "~x;\n");
  assertEquals(PROFILES.line.login("n") + PROFILES.line.message("~x;"), "n\n~x;\n");
  assertEquals(PROFILES.echo.login("n") + PROFILES.echo.message("~x;"), "~x;\n");
  assertEquals(PROFILES.irc.login("n"), "NICK n\r\nUSER n 0 * :load test\r\n");
  assertEquals(PROFILES.irc.message("~x;"), "PRIVMSG #hubbub :~x;\r\n");
  assertEquals(PROFILES.irc.goodbye, "QUIT\r\n");
  assertEquals(PROFILES.nats.message("~x;"), "PUB hubbub 3\r\n~x;\r\n");
  assertMatch(
    PROFILES.nats.login("n"),
    /^CONNECT (\{.*"echo":false.*\})\r\nSUB hubbub 1\r\nPING\r\n$/,
  );
  assertEquals(
    PROFILES.redis.message("~x;"),
    "*3\r\n$7\r\nPUBLISH\r\n$6\r\nhubbub\r\n$3\r\n~x;\r\n",
  );
  // A length over 125 takes two bytes more.
  const long = PROFILES.websocket.message("x".repeat(200));
  assertEquals(long.slice(0, 8), "\x81\xfe\0\xe4\0\0\0\0");
  assertEquals(long.length, 8 + 0xe4);
  assertEquals(PROFILES.websocket.goodbye, `\x81\x8f\0\0\0\0{"type":"quit"}`);
});
