import { assertEquals } from "@std/assert";
import { toByteString } from "../../protocol/byte_string.ts";
import type { LoginAnswer } from "../../bench/profile.ts";
import { type ProfileName, PROFILES } from "../../bench/profiles/mod.ts";

const WELCOME =
  `{"type":"welcome","name":"a","room":"lobby","server":"hubbub","session":"s","seq":0}\n`;

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

Deno.test("profiles: what is sent", () => {
  assertEquals(PROFILES.json.login("bench-k3f9-0"), '{"type":"hello","name":"bench-k3f9-0"}\n');
  assertEquals(PROFILES.json.message("~x;"), '{"type":"message","text":"~x;"}\n');
  assertEquals(PROFILES.text.login("bench-k3f9-0"), "bench-k3f9-0\n");
  assertEquals(PROFILES.text.message("~x;"), "~x;\n");
});
