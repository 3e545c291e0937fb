import { assertEquals } from "@std/assert";
import { isPrivateUrl, literalAddress, parseHookUrl } from "../../../server/hooks/hook_url.ts";

const check = (text: string) => {
  const url = parseHookUrl(text);
  return url === undefined ? "invalid" : isPrivateUrl(url) ? "private" : "public";
};

Deno.test("the address of a webhook is one of http or https, without user and fragment", () => {
  for (
    const text of [
      "",
      "hooks.example.org",
      "ftp://hooks.example.org/",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "https://user@hooks.example.org/",
      "https://:password@hooks.example.org/",
      "https://hooks.example.org/#x",
      "https://[fe80::1%25eth0]/",
      "https://hooks.example.org:65536/",
      `https://hooks.example.org/${"x".repeat(2048)}`,
    ]
  ) assertEquals(check(text), "invalid", text);
});

Deno.test("private addresses are recognised in every notation, and all without TLS", () => {
  for (
    const text of [
      "https://127.0.0.1/",
      "https://127.1/",
      "https://2130706433/",
      "https://0x7f000001/",
      "https://0177.0.0.1/",
      "https://127.0.0.1./",
      "https://①②⑦.⓪.⓪.①/",
      "https://0/",
      "https://[::1]/",
      "https://[::]/",
      "https://[::ffff:127.0.0.1]/",
      "https://[::ffff:7f00:1]/",
      "https://[::7f00:1]/",
      "https://[64:ff9b::10.0.0.1]/",
      "https://10.0.0.1/",
      "https://169.254.169.254/",
      "http://93.184.216.34/",
      "http://hooks.example.org/",
    ]
  ) assertEquals(check(text), "private", text);
  for (
    const text of [
      "https://hooks.example.org/x?y",
      // Its address is checked when it is resolved.
      "https://localhost/",
      "https://93.184.216.34/",
      "https://[2606:4700::1]:8443/",
      "https://[64:ff9b::93.184.216.34]/",
    ]
  ) assertEquals(check(text), "public", text);
});

Deno.test("a name in an address is none", () => {
  assertEquals(literalAddress(new URL("https://a.example/")), undefined);
  assertEquals(literalAddress(new URL("https://[::1]:1/")), "::1");
  assertEquals(literalAddress(new URL("https://127.1/")), "127.0.0.1");
});
