import { assert, assertEquals, assertMatch } from "@std/assert";
import { escapeHtml, joinPage, placeOf } from "../../../server/web/page.ts";

const OWN = { host: "192.0.2.7", port: 8080, isSecure: false };

Deno.test("page: shows the host and port that the browser used", () => {
  for (
    const [header, host, port] of [
      ["chat.lan:9000", "chat.lan", 9000],
      ["chat.lan", "chat.lan", 80],
      ["[::1]:9000", "::1", 9000],
      ["bücher.example", "xn--bcher-kva.example", 80],
    ] as const
  ) assertEquals(placeOf(header, OWN), { host, port, isSecure: false });
  assertEquals(placeOf("chat.lan", { ...OWN, isSecure: true }).port, 443);
});

Deno.test("page: a host that is unsafe in a command is not shown", () => {
  for (const header of [undefined, "", "a b", "a:b:c", "a;b", "$(a)", "<a>", "a'b", 'a"b', "`a`"]) {
    assertEquals(placeOf(header, OWN), OWN, header);
  }
});

Deno.test("page: with TLS the commands differ", () => {
  const page = joinPage({ host: "::1", port: 443, isSecure: true });
  assert(page.includes("<pre>openssl s_client -quiet -connect [::1]:443</pre>"), page);
  assert(page.includes("<pre>hubbub chat [::1]:443 --tls</pre>"), page);
});

Deno.test("page: below the path of a proxy the commands use HTTP", () => {
  for (
    const [place, prefix, url] of [
      [{ host: "a.lan", port: 443, isSecure: true }, "/chat", "https://a.lan/chat/"],
      [{ host: "::1", port: 80, isSecure: false }, "/a/b", "http://[::1]/a/b/"],
      [{ host: "a.lan", port: 8080, isSecure: false }, "/chat", "http://a.lan:8080/chat/"],
    ] as const
  ) {
    const page = joinPage(place, prefix);
    assert(page.includes(`<pre>hubbub chat ${url}</pre>`), page);
    assert(page.includes(`<pre>curl -d hello ${url}rooms/lobby</pre>`), page);
  }
});

Deno.test("page: loads nothing from other hosts, and has no inline script or style", () => {
  const page = joinPage(OWN);
  const addresses = [...page.matchAll(/ (?:src|href|action)="([^"]*)"/g)].map(([, to]) => to!);
  assert(addresses.length >= 3);
  for (const address of addresses) assertMatch(address, /^([\w.-]+|#\w+)$/);
  for (const part of ["<style", " style=", " onclick", "url(", "@import", "{{"]) {
    assert(!page.includes(part), part);
  }
  assertMatch(page, /<script [^>]*src="[^"]+"><\/script>/);
  assertEquals(page.split("<script").length, 2);
});

Deno.test("page: text in HTML stays text", () => {
  assertEquals(escapeHtml(`<a href="x">&'`), "&#60;a href=&#34;x&#34;&#62;&#38;&#39;");
});
