/** Text of other users stays text, and the page connects to its server only. */

import { assertEquals, assertMatch } from "@std/assert";
import { browserTest, joinPage, messagesOn, say, waitForText } from "../support/browser.ts";
import { RawClient } from "../support/raw_client.ts";
import { startServer } from "../support/server.ts";

const HOSTILE = [
  '<script>document.title="taken"</script>',
  '<img src="x" onerror="document.title=1">',
  "&lt;b&gt; &amp; </div></main>",
  "javascript:alert(1) data:text/html,x",
  'https://example.org/"onmouseover="alert(1)',
  '`<img src="y" onerror="document.title=2">`',
  "{{bare}} ${1+1} `x",
];

/** A message as the page shows it: code is without its backticks. */
const shown = (text: string) => text.replace(/^`(.*)`$/, "$1");

browserTest("HTML and scripts in names, messages, topics and whispers stay text", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  const name = "<img/src=x/onerror=alert`1`>";
  const person = await RawClient.join(server.port, name);
  await waitForText(ann.page, `${name} has joined.`);
  for (const text of HOSTILE) person.send(`${text}\n`);
  person.send(`/topic ${HOSTILE[0]}\n`);
  person.send(`/away ${HOSTILE[1]}\n`);
  person.send(`/whisper Ann ${HOSTILE[0]}\n`);
  await waitForText(ann.page, HOSTILE.at(-1)!);
  await ann.page.getByRole("navigation").getByText(name).waitFor();
  assertEquals(await messagesOn(ann.page), HOSTILE.map(shown));
  assertEquals(await ann.page.locator("#place-topic").innerText(), HOSTILE[0]);
  assertEquals(await ann.page.locator("#chat img, #chat script, #chat b").count(), 0);
  assertMatch(await ann.page.title(), /lobby – hubbub$/);

  const links = ann.page.locator("#log a");
  assertEquals(await links.count(), 1);
  assertEquals(await links.getAttribute("href"), "https://example.org/");
  assertEquals(await links.getAttribute("rel"), "noopener noreferrer nofollow");
  assertEquals(ann.errors, []);
  person.close();
});

browserTest(
  "of a message with a thousand code spans or mentions a hundred are marked",
  async () => {
    await using server = await startServer();
    await using ann = await joinPage(server.port, "Ann");
    const person = await RawClient.join(server.port, "Ben");
    for (const part of ["`a` ", "Ann "]) person.send(part.repeat(999) + "end\n");
    await ann.page.locator("#log mark").nth(99).waitFor();
    const counts = ["code", "mark"].map((name) => ann.page.locator(`#log ${name}`).count());
    assertEquals(await Promise.all(counts), [100, 100]);
    assertEquals((await messagesOn(ann.page))[1], "Ann ".repeat(999) + "end");
    person.close();
  },
);

browserTest("nothing is asked of another host, and the policy would forbid it", async () => {
  await using server = await startServer();
  await using ann = await joinPage(server.port, "Ann");
  await say(ann.page, "https://example.org/picture.png");
  await waitForText(ann.page, "https://example.org/picture.png");
  const origins = new Set(ann.requests.map((url) => new URL(url).host));
  assertEquals(origins, new Set([`127.0.0.1:${server.port}`]));
  assertEquals(ann.errors, []);

  const { headers } = await fetch(`http://127.0.0.1:${server.port}/`);
  const policy = headers.get("content-security-policy")!;
  assertMatch(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /);
  assertMatch(policy, /connect-src 'self';/);
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  // The policy is in force: what a page could be tricked into fails.
  const outcomes = await ann.page.evaluate(`Promise.all([
    () => fetch("http://127.0.0.1:9/"),
    () => document.body.insertAdjacentHTML("beforeend", "<p>"),
  ].map((attempt) => Promise.resolve().then(attempt).then(() => "worked", () => "failed")))`);
  assertEquals(outcomes, ["failed", "failed"]);
});
