import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { COMMANDS, helpText, mayHoldPassword, parseInput } from "../../protocol/commands.ts";
import type { ClientFrame } from "../../protocol/mod.ts";
import { hostileText } from "./texts.ts";

const say = (text: string): ClientFrame => ({ type: "message", text });
const whisper = (to: string, text: string): ClientFrame => ({ type: "whisper", to, text });

const FRAMES: readonly (readonly [why: string, typed: string, frame: ClientFrame])[] = [
  ["anything else is said", "Hey Alice!", say("Hey Alice!")],
  ["a slash elsewhere is said", "and/or", say("and/or")],
  ["a slash behind a space is said", " /users", say(" /users")],
  ["white space around what is said stays", "  hey  ", say("  hey  ")],
  ["//text sends /text", "//quit is how you leave", say("/quit is how you leave")],
  ["// alone says /", "//", say("/")],
  ["///text says //text", "///x", say("//x")],
  ["a bare quit leaves", "quit", { type: "quit" }],
  ["a bare quit with white space leaves", "  quit ", { type: "quit" }],
  ["quit with something behind it is said", "quit it", say("quit it")],
  ["Quit is said: only the exact word leaves", "Quit", say("Quit")],
  ["/quit leaves", "/quit", { type: "quit" }],
  ["/quit with a reason", "/quit  gone  fishing ", { type: "quit", reason: "gone  fishing" }],
  ["/help", "/help", { type: "help" }],
  ["/users", "/users", { type: "users" }],
  ["/list is /users", "/list", { type: "users" }],
  ["/whisper", "/whisper Bob Hey!", whisper("Bob", "Hey!")],
  ["/msg is /whisper", "/msg Bob Hey!", whisper("Bob", "Hey!")],
  ["/w is /whisper", "/w Bob Hey!", whisper("Bob", "Hey!")],
  ["a whisper keeps the spaces inside its text", "/w Bob a  b ", whisper("Bob", "a  b ")],
  ["a whisper keeps the lines of its text", "/w Bob a\nb", whisper("Bob", "a\nb")],
  ["a whisper may start with a slash", "/w Bob /x", whisper("Bob", "/x")],
  ["several spaces separate as one does", "/w   Bob \t Hey!", whisper("Bob", "Hey!")],
  ["/reply", "/reply Hey!", { type: "reply", text: "Hey!" }],
  ["/r is /reply", "/r Hey!", { type: "reply", text: "Hey!" }],
  ["/me", "/me waves", { type: "message", text: "waves", action: true }],
  ["/nick", "/nick Bob", { type: "nick", name: "Bob" }],
  ["/rooms", "/rooms", { type: "rooms" }],
  ["/join", "/join tea", { type: "join", room: "tea" }],
  ["/join of a room as IRC writes it", "/join #tea", { type: "join", room: "tea" }],
  ["/join of # alone", "/join #", { type: "join", room: "#" }],
  ["/leave", "/leave", { type: "leave" }],
  ["/leave of a room as IRC writes it", "/part #tea bye", { type: "leave", room: "tea" }],
  ["/leave of a room", "/leave tea ", { type: "leave", room: "tea" }],
  ["/topic alone asks", "/topic", { type: "topic" }],
  ["/topic with white space alone asks", "/topic  ", { type: "topic" }],
  ["/topic sets", "/topic Tea, and cake ", { type: "topic", text: "Tea, and cake " }],
  ["/topic - takes it away", "/topic - ", { type: "topic", text: "" }],
  ["/topic -x is a topic", "/topic -x", { type: "topic", text: "-x" }],
  ["/history", "/history", { type: "history" }],
  ["/history with white space behind it", "/history  ", { type: "history" }],
  ["/history with a number", "/history 20 ", { type: "history", limit: 20 }],
  ["/history of none", "/history 0", { type: "history", limit: 0 }],
  ["/search", "/search  two words ", { type: "search", words: "two words" }],
  ["/search by its name in IRC", "/lastlog x", { type: "search", words: "x" }],
  ["/away", "/away", { type: "away" }],
  ["/away with a reason", "/away having tea", { type: "away", text: "having tea" }],
  ["/back", "/back", { type: "back" }],
  ["/ignore", "/ignore Bob", { type: "ignore", name: "Bob" }],
  ["/unignore", "/unignore Bob", { type: "unignore", name: "Bob" }],
  ["/register", "/register a  b", { type: "register", password: "a  b" }],
  ["/kick", "/kick Bob", { type: "kick", name: "Bob" }],
  ["/kick with white space behind it", "/kick Bob  ", { type: "kick", name: "Bob" }],
  [
    "/kick with a reason",
    "/kick Bob too  loud",
    { type: "kick", name: "Bob", reason: "too  loud" },
  ],
  ["/kick by force", "/kick Op --force", { type: "kick", name: "Op", force: true }],
  [
    "/kick by force with a reason",
    "/kick --force Op a test",
    { type: "kick", name: "Op", reason: "a test", force: true },
  ],
  ["a reason may hold dashes", "/kick Op --forced", {
    type: "kick",
    name: "Op",
    reason: "--forced",
  }],
  ["@NAME is NAME", "/kick @Bob", { type: "kick", name: "Bob" }],
  ["a whisper to @NAME", "/msg @Bob Hey!", whisper("Bob", "Hey!")],
  ["/ignore of @NAME", "/ignore @Bob ", { type: "ignore", name: "Bob" }],
  ["/ban", "/ban Bob", { type: "ban", target: "Bob" }],
  ["/ban by force", "/ban 192.0.2.1 --force 10m", {
    type: "ban",
    target: "192.0.2.1",
    duration: "10m",
    force: true,
  }],
  ["/ban for a time", "/ban 192.0.2.1 10m", { type: "ban", target: "192.0.2.1", duration: "10m" }],
  ["/ban of a range", "/ban 192.0.2.0/24 10m too much\tspam ", {
    type: "ban",
    target: "192.0.2.0/24",
    duration: "10m",
    reason: "too much\tspam",
  }],
  ["/bans", "/bans", { type: "bans" }],
  ["/unban", "/unban Bob", { type: "unban", target: "Bob" }],
  ["/mute", "/mute Bob", { type: "mute", name: "Bob" }],
  ["/mute for a time", "/mute Bob  2h ", { type: "mute", name: "Bob", duration: "2h" }],
  ["/unmute", "/unmute Bob", { type: "unmute", name: "Bob" }],
  ["/delete", "/delete tea", { type: "delete_room", room: "tea" }],
  ["commands have no case", "/WhIsPer Bob Hey!", whisper("Bob", "Hey!")],
];

for (const [why, typed, frame] of FRAMES) {
  Deno.test(`commands: ${why}`, () => assertEquals(parseInput(typed), { frame }));
}

Deno.test("commands: a blank line means nothing", () => {
  for (const line of ["", " ", "\t", "\u00a0"]) assertEquals(parseInput(line), undefined);
});

const MISSING = ["/whisper", "/whisper ", "/whisper Bob", "/w Bob", "/msg", "/reply", "/r  "];
const MISSING_TOO = ["/join", "/join ", "/ignore", "/unignore", "/register", "/register  "].concat(
  ["/kick", "/kick ", "/ban", "/ban  ", "/unban", "/mute", "/mute ", "/unmute", "/delete"],
);
for (const typed of [...MISSING, ...MISSING_TOO, "/me", "/me \t", "/nick", "/nick "]) {
  Deno.test(`commands: "${typed}" lacks an argument, and the error has the usage`, () => {
    const error = parseInput(typed)?.error;
    assertEquals(error?.code, "missing_argument");
    assertStringIncludes(error!.text, "Usage: /");
  });
}

for (const typed of ["x", "-1", "1.5", "1234567", "5 6"].map((rest) => `/history ${rest}`)) {
  Deno.test(`commands: "${typed}" has an invalid argument, and the error has the usage`, () => {
    const error = parseInput(typed)?.error;
    assertEquals(error?.code, "invalid_argument");
    assertStringIncludes(error!.text, "Usage: /history [N]");
  });
}

Deno.test("commands: the usage in an error is that of the command, by any of its names", () => {
  assertStringIncludes(parseInput("/w Bob")!.error!.text, "Usage: /whisper NAME TEXT");
});

const WRONG: readonly (readonly [typed: string, nearest: string | undefined])[] = [
  ["/hlep", "/help"],
  ["/user", "/users"],
  ["/whsiper Bob Hey!", "/whisper"],
  ["/QUTI", "/quit"],
  ["/mes x", "/me"],
  ["/nik Bob", "/nick"],
  ["/somethingelse", undefined],
  ["/helping", undefined],
  ["/" + "x".repeat(4000), undefined],
  ["/helpmeplease", undefined],
  ["/he", "/help"],
  ["/wh", "/whisper"],
  ["/jo tea", "/join"],
  ["/uni", "/unignore"],
  ["/unm Bob", "/unmute"],
  ["/mut Bob", "/mute"],
  ["/le", "/leave"],
  ["/li", "/list"],
  ["/nam", "/names"],
  ["/exti", "/exit"],
  ["/whos", "/who"],
  ["/T", "/topic"],
  ["/xy", undefined],
  ["/x", undefined],
  ["/", "/help"],
];
for (const [typed, nearest] of WRONG) {
  Deno.test(`commands: ${typed.slice(0, 20)} is unknown, nearest: ${nearest ?? "none"}`, () => {
    const error = parseInput(typed)?.error;
    assertEquals(error?.code, "unknown_command");
    assertStringIncludes(error!.text, typed.split(" ")[0]!.slice(0, 31));
    assert(error!.text.length < 120, error!.text);
    assertEquals(/Did you mean (\S+)\?/.exec(error!.text)?.[1], nearest, error!.text);
    assertStringIncludes(error!.text, "/help");
  });
}

Deno.test("commands: names of object properties are no commands", () => {
  for (const typed of ["/constructor", "/__proto__", "/toString", "/hasOwnProperty"]) {
    assertEquals(parseInput(typed)?.error?.code, "unknown_command");
  }
});

/** Commands of IRC, weechat, ssh-chat, The Lounge and others, and their frames. */
const HABITS: readonly (readonly [typed: string, frame: ClientFrame])[] = [
  ["/names", { type: "users" }],
  ["/who", { type: "users" }],
  ["/WHO #tea", { type: "users" }],
  ["/query Bob Hey!", whisper("Bob", "Hey!")],
  ["/notice Bob Hey!", whisper("Bob", "Hey!")],
  ["/pm Bob Hey!", whisper("Bob", "Hey!")],
  ["/part", { type: "leave" }],
  ["/exit", { type: "quit" }],
  ["/exit good night", { type: "quit", reason: "good night" }],
  ["/bans", { type: "bans" }],
  ["/unregister", { type: "unregister" }],
  ["/j #tea", { type: "join", room: "tea" }],
  ["/nickname Bob", { type: "nick", name: "Bob" }],
  ["/msg Bob: Hey!", whisper("Bob", "Hey!")],
  ["/msg Bob, Hey!", whisper("Bob", "Hey!")],
  ["/msg @Bob: : Hey!", whisper("Bob", ": Hey!")],
  ["/msg : Hey!", whisper(":", "Hey!")],
  ["/ignore Bob:", { type: "ignore", name: "Bob" }],
  ["/kick Bob: too loud", { type: "kick", name: "Bob", reason: "too loud" }],
  ["/ban Bob, 10m", { type: "ban", target: "Bob", duration: "10m" }],
  ["/ban 2001:db8::", { type: "ban", target: "2001:db8::" }],
];
for (const [typed, frame] of HABITS) {
  Deno.test(`commands: ${typed} works as in other chats`, () => {
    assertEquals(parseInput(typed), { frame });
  });
}

/** Commands of other chats, and the command in their error. */
const POINTED: readonly (readonly [typed: string, instead: string])[] = [
  ["/whois Bob", "/users"],
  ["/ping Bob", "automatically"],
  ["/connect irc.example.org", "/quit"],
  ["/server irc.example.org", "/quit"],
  ["/say hello", "the text alone"],
  ["/identify secret", "/nick NAME PASSWORD"],
  ["/op Bob", "hubbub account add"],
  ["/invite Bob", "/join ROOM"],
  ["/send Bob x.txt", "hubbub chat"],
  ["/clear", "hubbub chat"],
  ["/ls", "/users"],
  ["/motd", "/topic"],
  ["/time", "its time"],
  ["/private Bob hi", "/whisper NAME TEXT"],
  ["/create tea", "/join ROOM"],
  ["/NickServ identify secret", "/nick NAME PASSWORD"],
  ["/broadcast hello", "the text alone"],
  ["/slap Bob", "/me"],
  ["/dnd", "/away"],
];
for (const [typed, instead] of POINTED) {
  Deno.test(`commands: the error of ${typed} refers to ${instead}`, () => {
    const error = parseInput(typed)?.error;
    assertEquals(error?.code, "unknown_command");
    assertStringIncludes(error!.text, `There is no command ${typed.split(" ")[0]}.`);
    assertStringIncludes(error!.text, instead);
    assertStringIncludes(error!.text, "/help lists all commands.");
  });
}

Deno.test("commands: commands of the client itself are suggested as well", () => {
  assertStringIncludes(parseInput("/sen", ["/send"])!.error!.text, "Did you mean /send?");
  assertStringIncludes(parseInput("/clera", ["/clear"])!.error!.text, "Did you mean /clear?");
});

Deno.test("commands: every name is unique, begins with a slash and has small letters", () => {
  const names = COMMANDS.flatMap(({ name, aliases, foreignNames = [] }) => [
    name,
    ...aliases,
    ...foreignNames,
  ]);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assert(/^\/[a-z]+$/.test(name) || name === "/?", name);
});

Deno.test("commands: each alias is its command", () => {
  for (const { name, aliases, foreignNames = [] } of COMMANDS) {
    for (const alias of [...aliases, ...foreignNames]) {
      assertEquals(parseInput(`${alias} Bob Hey!`), parseInput(`${name} Bob Hey!`), alias);
    }
  }
});

Deno.test("commands: each usage starts with its command, and can be parsed", () => {
  for (const { name, usage } of COMMANDS) {
    assertEquals(usage.split(" ")[0], name);
    assert(parseInput(usage.replace("[N]", "20"))?.frame, usage);
  }
});

Deno.test("commands: /help lists every command with its usage, summary and aliases", () => {
  const lines = helpText().split("\n");
  assertEquals(lines.length, COMMANDS.length + 3);
  for (const [index, { usage, summary, aliases }] of COMMANDS.entries()) {
    const line = lines[index + 1]!;
    for (const part of [usage, summary, ...aliases]) assertStringIncludes(line, part);
  }
  const columns = COMMANDS.map(({ summary }, index) => lines[index + 1]!.indexOf(summary));
  assertEquals(new Set(columns).size, 1, "the summaries stand below each other");
  assertStringIncludes(lines.at(-2)!, "//text sends /text");
  assertStringIncludes(lines.at(-1)!, "quit alone also leaves");
  assertEquals(helpText(false).split("\n"), lines.slice(0, -1));
  assertEquals(lines.filter(({ length }) => length > 80), [], "each fits a terminal of 80 columns");
});

Deno.test("commands: any line is a message, a command, an error or blank, and never throws", () => {
  fc.assert(fc.property(hostileText, fc.boolean(), (text, isCommand) => {
    const line = isCommand ? "/" + text : text;
    const input = parseInput(line);
    if (input === undefined) assertEquals(line.trim(), "");
    else assert((input.frame === undefined) !== (input.error === undefined));
  }));
});

Deno.test("commands: //text sends any text", () => {
  fc.assert(fc.property(hostileText, (text) => {
    assertEquals(parseInput("//" + text), { frame: say("/" + text) });
  }));
});

Deno.test("commands: finds lines that may contain a password", () => {
  for (
    const line of [
      "/register x",
      " /REGISTER x",
      "/nick Ann x",
      "/Name Ann x",
      "/registr x",
      "/identify x",
    ]
  ) {
    assert(mayHoldPassword(line), line);
  }
  for (
    const line of ["register x", "/register", "/nick Ann", "/w Ben x", "//registr x", "/dance", ""]
  ) assert(!mayHoldPassword(line), line);
});
