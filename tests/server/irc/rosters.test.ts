import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ircName } from "../../../protocol/mod.ts";
import { Chat, type TestClient } from "../chat.ts";
import { asOperator } from "./irc_stage.ts";

/** The list of names of each room, as an IRC client keeps it from the lines that it receives. */
class Rosters {
  readonly rooms = new Map<string, Set<string>>();

  constructor(private nick: string) {}

  receive(text: string): void {
    for (const line of text.split("\r\n").slice(0, -1)) this.#line(line.replace(/^@\S+ /, ""));
  }

  #line(line: string): void {
    const [, source = "", command = "", rest = ""] = /^(?::(\S+) )?(\S+) ?(.*)$/.exec(line) ?? [];
    const nick = source.split("!")[0]!;
    const [middle = "", text] = rest.split(/(?:^| ):(.*)/s);
    const [first = "", second = "", room = ""] = [...middle.split(" ").filter(Boolean), text];
    switch (command) {
      case "JOIN":
        if (nick === this.nick) this.rooms.set(first, new Set());
        else assert(!this.#of(first).has(nick), `is there already: ${line}`);
        return void this.#of(first).add(nick);
      case "353":
        for (const name of text!.split(" ")) this.#of(room).add(name.replace(/^@|!.*/g, ""));
        return;
      case "PART":
        return this.#remove(first, nick, line);
      case "KICK":
        return this.#remove(first, second, line);
      case "QUIT":
        for (const names of this.rooms.values()) names.delete(nick);
        return;
      case "NICK":
        for (const names of this.rooms.values()) if (names.delete(nick)) names.add(first);
        if (nick === this.nick) this.nick = first;
    }
  }

  #of(room: string): Set<string> {
    const names = this.rooms.get(room);
    assert(names !== undefined, `${this.nick} is not in ${room}`);
    return names;
  }

  #remove(room: string, nick: string, line: string): void {
    assert(this.#of(room).delete(nick), `is not there: ${line}`);
    if (nick === this.nick) this.rooms.delete(room);
  }
}

const NAMES = ["Ann", "Bea", "Cyd", "Dot"];
const ROOMS = ["lobby", "tea", "den"];

const anyFrame = fc.oneof(
  fc.record({ type: fc.constant("nick"), name: fc.constantFrom(...NAMES) }),
  fc.record({ type: fc.constant("join"), room: fc.constantFrom(...ROOMS) }),
  fc.record({ type: fc.constant("leave"), room: fc.constantFrom(...ROOMS) }),
  fc.record({
    type: fc.constant("message"),
    room: fc.constantFrom(...ROOMS),
    text: fc.constant("x"),
  }),
  fc.record({ type: fc.constant("kick"), name: fc.constantFrom(...NAMES) }),
  fc.record({ type: fc.constant("delete_room"), room: fc.constantFrom("tea", "den") }),
  fc.constant({ type: "quit" }),
  fc.constant({ type: "hello" }),
);

/** What one of the clients does: one without a name joins first, and `hello` is that of another connection. */
const anyStep = fc.record({
  client: fc.nat({ max: 3 }),
  name: fc.constantFrom(...NAMES),
  room: fc.constantFrom(...ROOMS),
  frame: anyFrame,
});

Deno.test("IRC: clients that follow the lines have the right names in all rooms, whatever happens in one turn", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyStep, { minLength: 1, maxLength: 12 }), { minLength: 5, maxLength: 15 }),
      (turns) => {
        const chat = new Chat();
        const watchers = ["Watcher", "Tagged"].map((nick) => {
          const client = chat.connect("irc");
          if (nick === "Tagged") client.send("CAP REQ :server-time extended-join multi-prefix\r\n");
          client.send(`NICK ${nick}\r\nUSER u 0 * :U\r\nCAP END\r\nJOIN #lobby,#tea\r\n`);
          return { client, rosters: new Rosters(nick) };
        });
        asOperator(chat, "Watcher");
        const clients: (TestClient | undefined)[] = [];
        const push = (client: TestClient, frame: object) =>
          client.push(`${JSON.stringify(frame)}\n`);
        for (const turn of turns) {
          // Here, as a new client ends a turn.
          const spare = turn.map(() => chat.connect("json"));
          for (const { client: index, name, room, frame } of turn) {
            let client = clients[index];
            if (client === undefined || client.session.isEnded || frame.type === "hello") {
              client = clients[index] = spare.pop()!;
              push(client, { type: "hello", name, rooms: [room] });
              continue;
            }
            const { member } = client.session;
            if (member !== undefined) member.isOperator = true;
            push(client, frame);
          }
          chat.runTurns();
          for (const { client, rosters } of watchers) {
            rosters.receive(client.received());
            for (const [room, names] of rosters.rooms) {
              const members = [...chat.hub.rooms.find(room.slice(1))!.members];
              const expected = members.map((member) => ircName(member.name)).sort();
              assertEquals([...names].sort(), expected, room);
            }
          }
        }
      },
    ),
    { numRuns: 100, seed: 16 },
  );
});
