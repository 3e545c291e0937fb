/** Links in a text, and suggestions for the word before the caret. */

import { assertEquals, assertLess } from "@std/assert";
import { COMMANDS } from "../../../protocol/commands.ts";
import { findLinks } from "../../../web/model/links.ts";
import { suggest, withSuggestion } from "../../../web/model/suggestions.ts";
import { cpuMilliseconds } from "../../support/cpu_time.ts";

const linksIn = (text: string) => findLinks(text).flatMap(({ text, href }) => href ? [text] : []);

Deno.test("links: http and https, without the end of the sentence", () => {
  for (
    const [text, ...links] of [
      ["see https://a.example/b.", "https://a.example/b"],
      ["(http://a.example/x_(y))", "http://a.example/x_(y)"],
      ["<https://a.example?q=1&r=2>", "https://a.example?q=1&r=2"],
      ['"https://a.example"', "https://a.example"],
      ["https://a.example, http://b.example!", "https://a.example", "http://b.example"],
      ["HTTPS://A.EXAMPLE/B", "HTTPS://A.EXAMPLE/B"],
      ["https://bücher.example/ä", "https://bücher.example/ä"],
      ["javascript:alert(1) data:text/html,x ftp://a.example mailto:a@b.example"],
      ["https:// http://? xhttps://a.example"],
      ["a.example www.a.example", "www.a.example"],
      ["(see www.a.example/x?y=1). WWW.B.example!", "www.a.example/x?y=1", "WWW.B.example"],
      ["www. www.a www..a awww.a.example @www.a.example x/www.a.example"],
    ]
  ) {
    assertEquals(linksIn(text!), links, text);
    assertEquals(findLinks(text!).map((part) => part.text).join(""), text);
  }
});

Deno.test("links: brackets at the end cost no more than their number", () => {
  for (const [opening, rest] of [["", ""], ["(", ")"], ["([{", ")]}"]] as const) {
    const closing = ")".repeat(100_000) + "]}.".repeat(100_000);
    let link: string | undefined;
    const took = cpuMilliseconds(() => {
      [link] = linksIn(`https://a/${opening}x${rest}${closing}`);
    });
    assertLess(took, 2000); // minutes if it were quadratic
    assertEquals(link, `https://a/${opening}x${rest}`);
  }
});

Deno.test("links: an address that begins with www. uses HTTPS", () => {
  assertEquals(findLinks("www.a.example/x"), [
    { text: "www.a.example/x", href: "https://www.a.example/x" },
  ]);
});

const NAMES = { users: ["Ben", "Bea", "Cyd"], rooms: ["tea10", "tea2", "tea"] };
const completed = (text: string) => {
  const completion = suggest(text, text.length, NAMES);
  return completion?.suggestions.map((each) => withSuggestion(text, completion, each).text) ?? [];
};

Deno.test("completion: commands, names, rooms, and the separators after them", () => {
  for (
    const [text, ...expected] of [
      ["/wh", "/whisper "],
      ["/us", "/users"],
      ["be", "Bea: ", "Ben: "],
      ["hello cy", "hello Cyd "],
      ["hello @cy", "hello Cyd "],
      ["/join t", "/join tea", "/join tea2", "/join tea10"],
      ["/whisper c", "/whisper Cyd "],
      ["zz"],
      [""],
    ]
  ) assertEquals(completed(text!), expected, text);
});

Deno.test("completion: commands are sorted by their match, and a slash lists all", () => {
  const labels = (text: string) => suggest(text, text.length, NAMES, false)!.suggestions;
  assertEquals(labels("/").length, COMMANDS.length);
  const first = (text: string) => labels(text)[0]!.text.trim();
  assertEquals(["/he", "/l", "/W", "/m", "/ban"].map(first), [
    "/help",
    "/leave",
    "/whisper",
    "/me",
    "/ban",
  ]);
});

Deno.test("completion: Enter sends a complete line, and completes an incomplete one", () => {
  for (
    const [text, isComplete, ...suggested] of [
      ["/use", false, "/users"],
      ["/users", true, "/users"],
      ["/LIST", true, "/users"],
      ["/topic", true, "/topic "],
      ["/whisper", false, "/whisper "],
      ["/whisper ", false, "Bea ", "Ben ", "Cyd "],
      ["/W be", false, "Bea ", "Ben "],
      ["/whisper ben", false, "Ben "],
      ["/kick ben", true, "Ben "],
      ["/join ", false, "tea", "tea2", "tea10"],
      ["/join te", true, "tea", "tea2", "tea10"],
      ["say @cy", false, "Cyd "],
      ["say @Cyd", true, "Cyd "],
    ] as const
  ) {
    const completion = suggest(text, text.length, NAMES, false);
    assertEquals(completion?.isComplete, isComplete, text);
    assertEquals(completion?.suggestions.map((each) => each.text), suggested, text);
  }
  // Words of a message, and new names, are only completed on request.
  for (const text of ["be", "/me waves at be", "/whisper Ben cy", "/nick b", "/users b", "", " "]) {
    assertEquals(suggest(text, text.length, NAMES, false), undefined, text);
  }
});

Deno.test("completion: text behind the caret stays", () => {
  const completion = suggest("cy there", 2, NAMES)!;
  assertEquals(withSuggestion("cy there", completion, completion.suggestions[0]!), {
    text: "Cyd: there",
    caret: 5,
  });
});
