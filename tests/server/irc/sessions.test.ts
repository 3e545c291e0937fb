import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import {
  type ClientFrame,
  fromByteString,
  ircName,
  MAX_IRC_LINE_BYTES,
  toByteString,
} from "../../../protocol/mod.ts";
import { capabilitiesOf } from "../../../server/irc/capabilities.ts";
import { IRC_COMMANDS } from "../../../server/irc/irc_session.ts";
import { Chat, storeWithAccounts, type TestClient } from "../chat.ts";
import { joinIrc } from "./irc_stage.ts";

const CAPABILITIES = [...capabilitiesOf(true).keys()];

/** Texts that could end a line, a parameter, a source or a tag. */
const anyText = fc.oneof(
  fc.constantFrom(
    ...[":", ": x", " :x", "a b", "@t=1 x", "\x01ACTION x\x01", "\x01VERSION\x01", "*", "0", ""],
    ...[
      "a\rQUIT",
      "a\nQUIT :x",
      "a\0b",
      ";label=x",
      "\\:\\s",
      "!user@hubbub",
      "\u2028",
      "\x03" + "4,4x",
    ],
    ...["ä".repeat(120), "x".repeat(500), "👩‍🚀".repeat(40), "\u202e", "\ud800", "\ufeff"],
  ),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 60 }),
);

/** Names that the rules of hubbub accept, and others. */
const anyName = fc.oneof(
  fc.constantFrom(
    "Ann",
    "Bob",
    "Wow!",
    "Wowǃ",
    "a@b",
    "x*y?",
    "-n-",
    "日本語",
    "é".repeat(32),
    "~x",
    "Owner",
  ),
  anyText,
);

const anyRoom = fc.oneof(
  fc.constantFrom("lobby", "tea", "ä!b", "x".repeat(32), "*", "a@b"),
  anyText,
);

const anyLine = fc.oneof(
  fc.tuple(
    fc.constantFrom("", "", "@label=1 ", "@label=a:b;x ", "@;=;label=\\ ", ":source "),
    fc.constantFrom(...Object.keys(IRC_COMMANDS), "FOO", ":", ""),
    fc.array(
      fc.oneof(
        anyText,
        anyName,
        anyRoom.map((room) => `#${room}`),
        fc.constantFrom(
          ...[
            "LS",
            "302",
            "REQ",
            "LIST",
            "END",
            "LATEST",
            "AROUND",
            "TARGETS",
            "+",
            "S",
            "PLAIN",
            "+b",
            "-q",
          ],
          ...[
            "%tcuihsnfdlaor,1",
            "timestamp=2026-01-31T12:00:00.000Z",
            "msgid=x-1-lobby",
            "hubbub",
          ],
          btoa("\0Owner\0secret"),
        ),
      ),
      { maxLength: 4 },
    ),
  ).map(([start, command, parameters]) => `${start}${command} ${parameters.join(" ")}`),
  fc.tuple(fc.constantFrom("NICK", "AWAY", "QUIT"), anyName)
    .map(([command, value]) => `${command} :${value}`),
  fc.tuple(fc.constantFrom("PRIVMSG", "NOTICE", "TOPIC", "KICK"), anyRoom, anyText)
    .map(([command, room, text]) => `${command} #${room} :${text}`),
  anyRoom.map((room) => `JOIN #${room}`),
  fc.subarray(CAPABILITIES).map((names) => `CAP REQ :${names.join(" ")}`),
  fc.constantFrom("USER u 0 * :U", "CAP END", "CAP LS 302", "OPER Owner secret", "PASS secret"),
  fc.constantFrom("A", "@").map((character) => character.repeat(9000)),
);

/** What clients that do not speak IRC do to those that do. */
const anyFrame = fc.oneof(
  fc.record({ type: fc.constant("message"), text: anyText, notice: fc.boolean() }),
  fc.record({ type: fc.constant("message"), text: anyText, action: fc.boolean() }),
  fc.record({ type: fc.constant("whisper"), to: anyName, text: anyText }),
  fc.record({ type: fc.constant("nick"), name: anyName }),
  fc.record({ type: fc.constant("join"), room: anyRoom }),
  fc.record({ type: fc.constant("topic"), room: anyRoom, text: anyText }),
  fc.record({ type: fc.constant("away"), text: anyText }),
  fc.record({ type: fc.constant("offer"), to: anyRoom, name: anyText, size: fc.nat() }),
  fc.record({ type: fc.constant("quit"), reason: anyText }),
);

const anyTextLine = fc.tuple(
  fc.constantFrom("", "/nick ", "/topic ", "/away ", "/me ", "/join ", "/whisper Ann ", "/quit "),
  anyText,
).map(([start, text]) => start + text);

const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom("ann", "bob"), anyLine) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("json"), anyFrame) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("text"), anyTextLine) },
);

/** Grammar of a line of a server (modern.ircdocs.horse, IRCv3 message tags), without its end. */
const LINE =
  /^(?:@[\w/-]+(?:=[^\0\r\n; ]*)?(?:;[\w/-]+(?:=[^\0\r\n; ]*)?)* )?(?::(\S+) )?(?:[A-Z]+|\d{3})(?: [^\0\r\n :][^\0\r\n ]*)*(?: :[^\0\r\n]*)?$/u;

/** Checks the lines that a client has received. @param nicks the names that users have had. */
function checkLines({ transport: { written } }: TestClient, nicks: ReadonlySet<string>): void {
  for (const line of written.split("\r\n").slice(0, -1)) {
    const shown = JSON.stringify(line);
    assertLessOrEqual(line.replace(/^@[^ ]+ /, "").length, MAX_IRC_LINE_BYTES, shown);
    const text = fromByteString(line);
    assert(text !== undefined, `invalid UTF-8: ${shown}`);
    const match = LINE.exec(text);
    assert(match !== null, `no line of IRC: ${shown}`);
    const [, source = "hubbub"] = match;
    const [nick = ""] = source.split("!");
    assert(source === "hubbub" || nicks.has(nick), `from no user: ${shown}`);
    if (source !== "hubbub") assertEquals(source, `${nick}!user@hubbub`);
  }
}

/** The accepted names of the clients of a chat, as IRC has them. */
function collectNames({ hub }: Chat, nicks: Set<string>): void {
  for (const { name } of hub.members.all()) nicks.add(ircName(name));
}

Deno.test("IRC: in whole sessions of any clients all lines are lines of IRC from users who exist", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { minLength: 10, maxLength: 60 }),
      fc.subarray(CAPABILITIES),
      fc.boolean(),
      async (steps, capabilities, isOperator) => {
        const chat = new Chat({
          store: storeWithAccounts(["Owner", "secret"]),
          operators: isOperator ? ["Owner"] : [],
        });
        const nicks = new Set<string>();
        const watcher = chat.connect("irc");
        watcher.send(`CAP REQ :${capabilities.join(" ")}\nNICK Watcher\nUSER u 0 * :U\nCAP END\n`);
        watcher.send("JOIN #lobby,#tea\n");
        collectNames(chat, nicks);
        const clients = {
          ann: chat.connect("irc"),
          bob: chat.connect("irc"),
          json: chat.join("Json"),
          text: chat.join("Text", "text"),
        };
        clients.ann.send("NICK Ann\r\nUSER a 0 * :A\r\nJOIN #lobby\r\n");
        collectNames(chat, nicks);
        for (const [who, input] of steps) {
          const client = clients[who as keyof typeof clients];
          // A lone surrogate becomes U+FFFD, as in any encoder.
          const parts = typeof input === "object" ? [input] : input.toWellFormed().split("\n");
          for (const part of parts) {
            if (client.session.isEnded) break;
            if (typeof part === "object") client.say(part);
            else client.send(toByteString(part) + "\r\n");
            await chat.settle();
            collectNames(chat, nicks);
          }
        }
        assertEquals(chat.metrics.internalErrors, 0);
        for (const client of [watcher, clients.ann, clients.bob]) checkLines(client, nicks);
      },
    ),
    // The same sessions in each run.
    { numRuns: 100, seed: 512 },
  );
});

Deno.test("IRC: QUIT and NICK keep their place among the lines of all rooms of a turn", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "#lobby,#tea" });
  const carl = chat.join("Carl");
  const frames = (client: TestClient, ...each: ClientFrame[]) =>
    client.push(each.map((frame) => JSON.stringify(frame) + "\n").join(""));
  /** The lines that Bob receives for the frames of one turn. */
  const turn = (...inputs: readonly (readonly [TestClient, ...ClientFrame[]])[]) => {
    for (const [client, ...each] of inputs) frames(client, ...each);
    chat.runTurns();
    return bob.lines().map((line) => line.replaceAll("!user@hubbub", ""));
  };
  const hi = { type: "message", room: "lobby", text: "hi" } as const;
  let ann = chat.join("Ann", "json", "tea");
  assertEquals(
    turn(
      [carl, hi],
      [ann, { type: "quit" }],
      [chat.connect(), { type: "hello", name: "Ann" }],
    ),
    [":Carl PRIVMSG #lobby :hi", ":Ann QUIT :", ":Ann JOIN #lobby"],
  );
  ann = chat.join("Eve", "json", "tea");
  assertEquals(
    turn(
      [carl, hi],
      [ann, { type: "nick", name: "Eva" }],
      [chat.connect(), { type: "hello", name: "Eve" }],
    ),
    [":Carl PRIVMSG #lobby :hi", ":Eve NICK :Eva", ":Eve JOIN #lobby"],
  );
  const inTea = { type: "message", room: "tea", text: "bye" } as const;
  assertEquals(
    turn([ann, inTea, { type: "join", room: "lobby" }, hi, { type: "quit" }])
      .filter((line) => !line.includes("#tea")),
    [":Eva JOIN #lobby", ":Eva PRIVMSG #lobby :hi", ":Eva QUIT :"],
  );
});
