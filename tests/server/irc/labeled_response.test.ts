import { assert, assertEquals } from "@std/assert";
import { LabeledResponse } from "../../../server/irc/labeled_response.ts";
import { Chat, storeWithAccounts } from "../chat.ts";
import { joinIrc } from "./irc_stage.ts";

const CAPABILITIES = "labeled-response batch echo-message";

Deno.test("IRC labels: no line, one line and several lines", () => {
  const chat = new Chat();
  const bob = joinIrc(chat, "Bob", { capabilities: CAPABILITIES });
  assertEquals(bob.answer("@label=a1 PONG x"), "@label=a1 :hubbub ACK");
  assertEquals(bob.answer("@label=a2 PING x"), "@label=a2 :hubbub PONG hubbub :x");
  assertEquals(bob.answer("@label=a3 FOO"), "@label=a3 :hubbub 421 Bob FOO :Unknown command");
  assertEquals(
    bob.answer("@label=a4 PRIVMSG #lobby :hi"),
    "@label=a4 :Bob!user@hubbub PRIVMSG #lobby :hi",
  );
  const [start = "", ...lines] = bob.say("@label=a5 WHO #lobby");
  const [, batch] = /^@label=a5 :hubbub BATCH \+(\d+) labeled-response$/.exec(start)!;
  assertEquals(lines, [
    `@batch=${batch} :hubbub 352 Bob #lobby user hubbub hubbub Bob H :0 Bob`,
    `@batch=${batch} :hubbub 315 Bob #lobby :End of /WHO list`,
    `:hubbub BATCH -${batch}`,
  ]);
  assertEquals(bob.answer("@label=a6 NICK Robert"), "@label=a6 :Bob!user@hubbub NICK :Robert");
});

Deno.test("IRC labels: a message to oneself arrives without the label, and its echo with it", () => {
  const bob = joinIrc(new Chat(), "Bob", { capabilities: CAPABILITIES });
  assertEquals(bob.say("@label=s PRIVMSG Bob :hi"), [
    ":Bob!user@hubbub PRIVMSG Bob :hi",
    "@label=s :Bob!user@hubbub PRIVMSG Bob :hi",
  ]);
});

Deno.test("IRC labels: a command in slices is a batch, with the history as an inner one", () => {
  const chat = new Chat();
  chat.join("Ann").say({ type: "message", text: "hi" });
  const bob = joinIrc(chat, "Bob", { rooms: "", capabilities: `${CAPABILITIES} server-time` });
  const lines = bob.say("@label=j JOIN #lobby", "PING x")
    .map((line) => line.replace(/time=[^ ;]+/, "time=T"));
  assertEquals(lines, [
    "@label=j :hubbub BATCH +1 labeled-response",
    "@batch=1;time=T :Bob!user@hubbub JOIN #lobby",
    "@batch=1 :hubbub 353 Bob = #lobby :Ann Bob",
    "@batch=1 :hubbub 366 Bob #lobby :End of /NAMES list",
    "@batch=1 :hubbub BATCH +2 chathistory #lobby",
    "@batch=2;time=T :Ann!user@hubbub PRIVMSG #lobby :hi",
    "@batch=1 :hubbub BATCH -2",
    ":hubbub BATCH -1",
    ":hubbub PONG hubbub :x",
  ]);
});

Deno.test("IRC labels: a command that waits for a password, and what others send meanwhile", async () => {
  const chat = new Chat({ store: storeWithAccounts(["Owner", "secret"]) });
  const bob = joinIrc(chat, "Bob", { capabilities: CAPABILITIES });
  const ann = chat.join("Ann");
  bob.lines();
  bob.say("@label=o OPER Owner wrong");
  ann.say({ type: "whisper", to: "Bob", text: "psst" });
  await chat.settle();
  ann.say({ type: "message", text: "later" });
  assertEquals(bob.lines(), [
    ":Ann!user@hubbub PRIVMSG Bob :psst",
    "@batch=1 :hubbub 464 Bob :Wrong password. Try again.",
    ":hubbub BATCH -1",
    ":Ann!user@hubbub PRIVMSG #lobby :later",
  ]);
});

Deno.test("IRC labels: without the capabilities, and over 64 bytes, they are ignored", () => {
  const chat = new Chat();
  const plain = joinIrc(chat, "Plain", { capabilities: "labeled-response" });
  assertEquals(plain.answer("@label=a PING x"), ":hubbub PONG hubbub :x");
  const bob = joinIrc(chat, "Bob", { capabilities: CAPABILITIES });
  assertEquals(bob.answer(`@label=${"a".repeat(65)} PING x`), ":hubbub PONG hubbub :x");
  for (const label of ["", "a\rb", "a\0b", "a\x1b[2J", "a\u0085b"]) {
    assertEquals(bob.answer(`@label=${label} PING x`), ":hubbub PONG hubbub :x", label);
  }
  assert(bob.answer(`@label=${"a".repeat(64)} PING x`).startsWith("@label=aaa"));
  assertEquals(bob.say("@label=q QUIT"), ["@label=q ERROR :Goodbye, Bob!"]);
});

Deno.test("IRC labels: the end of a response", () => {
  const response = new LabeledResponse("x", "7");
  assertEquals(response.add("A\r\n@time=T B\r\n"), "");
  assertEquals(
    response.end(),
    "@label=x :hubbub BATCH +7 labeled-response\r\n@batch=7 A\r\n@batch=7;time=T B\r\n" +
      ":hubbub BATCH -7\r\n",
  );
});
