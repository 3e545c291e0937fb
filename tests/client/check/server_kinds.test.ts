import { assertEquals } from "@std/assert";
import { echoServer, NCAT_CHAT, promptedChat } from "../../../client/check/server_kinds.ts";
import {
  ANY_PROMPT,
  ENTER_USERNAME,
  ENTER_YOUR_NAME,
  ENTER_YOUR_USERNAME,
} from "../../../client/lines/prompts.ts";

Deno.test("server kinds: an exact echo answers with the same bytes", () => {
  assertEquals(echoServer("", "\n", false).reply("a\n\nb"), "a\n\nb");
});

Deno.test("server kinds: an echo with a prefix answers line by line", () => {
  assertEquals(echoServer("> ", "\n", false).reply("a\n\nb"), "> a\n> \n> b");
  assertEquals(echoServer("> ", "", false).reply("a\nb\n"), "> a> b");
});

Deno.test("server kinds: an echo server is described by its behavior", () => {
  assertEquals(echoServer("", "\n", false).title, "an echo server");
  assertEquals(
    echoServer("> ", "\n", true).title,
    'an echo server that puts "> " before every line, and closes after one message',
  );
  assertEquals(
    echoServer("", "\n", false, "\x1bWelcome!\r\nSay something.\r\n").title,
    'an echo server that greets with "Welcome! Say something."',
  );
});

Deno.test("server kinds: each prompt is recognised, also after a banner, and only at the end", () => {
  const cases = [
    [ENTER_YOUR_NAME, "Enter your name: "],
    [ENTER_YOUR_USERNAME, "Enter your username: "],
    [ENTER_USERNAME, "Enter username..."],
    [ENTER_USERNAME, "Enter username...\n"],
    [ANY_PROMPT, "What is your nickname? "],
  ] as const;
  for (const [{ pattern }, prompt] of cases) {
    assertEquals(pattern.test(prompt), true, prompt);
    assertEquals(pattern.test(`Welcome!\n${prompt}`), true, prompt);
    assertEquals(pattern.test(`${prompt}\nAnn: hello there\n`), false, prompt);
  }
});

Deno.test("server kinds: messages and notices of the usual kinds are recognised", () => {
  const { message, joined, left } = promptedChat(ENTER_YOUR_NAME);
  for (const line of ["Ann: hi", "[12:00:01] Ann: hi", "<Ann> hi", "[Ann] hi"]) {
    assertEquals(message("Ann", "hi").test(line), true, line);
  }
  assertEquals(message("Ann", "hi").test("Ann: other\nhi"), false);
  for (const line of ["*** Ann has joined the chat! ***", "Ann joined", "Ann connected"]) {
    assertEquals([joined("Ann").test(line), left("Ann").test(line)], [true, false], line);
  }
  for (const line of ["*** Ann has left the chat. ***", "Ann left", "Ann quit"]) {
    assertEquals([joined("Ann").test(line), left("Ann").test(line)], [false, true], line);
  }
});

Deno.test("server kinds: ncat names users by numbers", () => {
  assertEquals(NCAT_CHAT.message("", "hi").test("<user4> hi"), true);
  assertEquals(
    NCAT_CHAT.joined("").test("<announce> 127.0.0.1 is connected as <user5>.\n"),
    true,
  );
  assertEquals(NCAT_CHAT.left("").test("<announce> <user5> is disconnected.\n"), true);
});
