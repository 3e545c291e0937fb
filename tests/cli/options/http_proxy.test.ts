import { assertEquals, assertThrows } from "@std/assert";
import { InvalidArgumentError } from "../../../cli/options/commander.ts";
import { httpProxy, isExempt, proxyVariable } from "../../../cli/options/http_proxy.ts";

Deno.test("http proxy: an address with its port, and perhaps a user", () => {
  const proxy = { host: "proxy.example", port: 3128, authorization: undefined };
  for (
    const text of ["proxy.example:3128", "http://proxy.example:3128", "HTTP://proxy.example:3128/"]
  ) {
    assertEquals(httpProxy(text), proxy);
  }
  assertEquals(httpProxy("http://[::1]:80"), { host: "::1", port: 80, authorization: undefined });
  assertEquals(httpProxy("a:b@proxy.example:3128"), { ...proxy, authorization: "Basic YTpi" });
  assertEquals(httpProxy("off"), "off");
});

Deno.test("http proxy: anything else is refused with what was expected", () => {
  for (
    const [text, advice] of [
      ["proxy.example", "with its port"],
      ["", "with its port"],
      ["http://proxy.example/", "with its port"],
      ["proxy.example:0", "with its port"],
      ["proxy.example:65536", "with its port"],
      ["http://a b:1", "with its port"],
      ["http://proxy.example:1/path", "with its port"],
      ["https://proxy.example:3128", "https:// proxies are not supported"],
      ["socks5://127.0.0.1:1080", "socks5:// proxies are not supported"],
      ["ann@proxy.example:3128", "needs a password"],
    ] as const
  ) {
    assertThrows(() => httpProxy(text), InvalidArgumentError, advice);
  }
});

Deno.test("http proxy: the environment has one by scheme, as for curl", () => {
  const of = (environment: Record<string, string>, isEncrypted = true) =>
    proxyVariable((name) => environment[name], { host: "chat.example", isEncrypted });
  assertEquals(of({}), undefined);
  assertEquals(of({ https_proxy: "a", HTTPS_PROXY: "b" }), "https_proxy");
  assertEquals(of({ https_proxy: "", HTTPS_PROXY: "b" }), "HTTPS_PROXY");
  assertEquals(of({ http_proxy: "a" }), undefined);
  assertEquals(of({ http_proxy: "a", https_proxy: "b" }, false), "http_proxy");
  assertEquals(of({ HTTP_PROXY: "a" }, false), undefined);
  assertEquals(of({ ALL_PROXY: "a" }, false), "ALL_PROXY");
  assertEquals(of({ HTTPS_PROXY: "a", NO_PROXY: "chat.example" }), undefined);
  assertEquals(of({ HTTPS_PROXY: "a", no_proxy: "", NO_PROXY: "chat.example" }), "HTTPS_PROXY");
});

Deno.test("http proxy: hosts of no_proxy are exempt, with all names below a domain", () => {
  for (
    const [host, list, expected] of [
      ["chat.example", "", false],
      ["chat.example", "*", true],
      ["chat.example", "a.example, chat.example", true],
      ["Chat.Example.", ".example", true],
      ["chat.example", "hat.example", false],
      ["example", ".example", true],
      ["127.0.0.1", "127.0.0.0/8", true],
      ["128.0.0.1", "127.0.0.0/8", false],
      ["::1", "[::1]", true],
      ["fd00::2", "fd00::/8", true],
      ["127.0.0.1", "0.0.1", false],
    ] as const
  ) {
    assertEquals([host, list, isExempt(host, list)], [host, list, expected]);
  }
});
