import { assert, assertEquals } from "@std/assert";
import { Chat } from "../chat.ts";
import { joinIrc } from "./irc_stage.ts";

Deno.test("IRC monitor: names that come, go and change are reported once", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "" });
  const ann = chat.join("Ann", "text");
  assertEquals(bob.say("MONITOR + ann,Carol"), [
    ":hubbub 730 Bob :Ann!user@hubbub",
    ":hubbub 731 Bob :Carol",
  ]);
  const carol = chat.connect("text");
  carol.say("Carol");
  assertEquals(bob.lines(), [":hubbub 730 Bob :Carol!user@hubbub"]);
  ann.say("/nick Anna");
  assertEquals(bob.lines(), [":hubbub 731 Bob :Ann"]);
  ann.say("/nick Ann", "/quit");
  assertEquals(bob.lines(), [":hubbub 730 Bob :Ann!user@hubbub", ":hubbub 731 Bob :Ann"]);
  assertEquals(bob.say("MONITOR L"), [
    ":hubbub 732 Bob :ann,Carol",
    ":hubbub 733 Bob :End of the list of watched names",
  ]);
  assertEquals(bob.say("MONITOR - CAROL", "MONITOR S"), [":hubbub 731 Bob :ann"]);
  carol.say("/quit");
  assertEquals(bob.lines(), []);
});

Deno.test("IRC monitor: a name with an exclamation mark is watched as IRC shows it", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "" });
  assertEquals(bob.say("MONITOR + ann\u01c3"), [":hubbub 731 Bob :ann\u01c3"]);
  const ann = chat.connect("text");
  ann.say("Ann!");
  assertEquals(bob.lines(), [":hubbub 730 Bob :Ann\u01c3!user@hubbub"]);
  bob.say("MONITOR - ann\u01c3");
  ann.say("/quit");
  assertEquals(bob.lines(), []);
  assertEquals(chat.hub.members.watch.size, 0);
});

Deno.test("IRC monitor: a list has a maximum, and ends with the client", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "" });
  for (let start = 0; start < 100; start += 25) {
    const names = Array.from({ length: 25 }, (_, index) => `n${start + index}`);
    assert(bob.numbers(`MONITOR + ${names.join(",")}`).every((number) => number === "731"));
  }
  assertEquals(bob.say("MONITOR + one,two"), [
    ":hubbub 734 Bob 100 one,two :The list of watched names is full.",
  ]);
  const { watch } = chat.hub.members;
  assertEquals(watch.size, 100);
  bob.say("QUIT");
  assertEquals(watch.size, 0);
});

Deno.test("IRC monitor: clearing, and an unknown action", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { rooms: "" });
  bob.say("MONITOR + a,b", "MONITOR C");
  assertEquals(chat.hub.members.watch.size, 0);
  assertEquals(bob.numbers("MONITOR X"), ["400"]);
});
