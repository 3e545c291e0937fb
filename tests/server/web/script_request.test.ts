import { assertEquals } from "@std/assert";
import { credentialsOf } from "../../../server/web/script_request.ts";

const utf8 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** The name, the password and the token of a request with one header. */
function parsed(authorization: string | undefined, needsName = true): unknown {
  const headers = authorization === undefined ? {} : { authorization };
  const found = credentialsOf(headers, "192.0.2.1", needsName);
  return found && [found.name, found.password, found.token];
}

Deno.test("script request: credentials are those of Basic and Bearer", () => {
  const basic = (text: string) => parsed(`Basic ${utf8(text)}`);
  assertEquals(parsed(undefined), ["script", undefined, undefined]);
  assertEquals(parsed(undefined, false), ["", undefined, undefined]);
  assertEquals(basic("cron:s3cret"), ["cron", "s3cret", undefined]);
  assertEquals(basic("cron:"), ["cron", undefined, undefined], "a free name has no password");
  assertEquals(basic("cron:a:b"), ["cron", "a:b", undefined], "a password may have colons");
  assertEquals(basic("Zoë:größer"), ["Zoë", "größer", undefined], "UTF-8");
  assertEquals(parsed("bearer  hub_1"), ["", undefined, "hub_1"], "case and spaces of the scheme");
  assertEquals(parsed("Bearer"), ["", undefined, ""]);
});

Deno.test("script request: other and malformed credentials are refused", () => {
  const refused = [
    "",
    "Digest abc",
    "Basic",
    "Basic !",
    `Basic ${utf8("no colon")}`,
    `Basic ${btoa("cron:\xff")}`,
    `Basic ${utf8("cron:pass").slice(0, -1)}`,
    `Basic ${utf8("cron:pass")} more`,
    `Basic ${utf8(`cron:${"x".repeat(2048)}`)}`,
  ];
  for (const header of refused) assertEquals(parsed(header), undefined, header);
  const withoutName = `Basic ${utf8(":pass")}`;
  assertEquals(parsed(withoutName), undefined, "a sender needs a name");
  assertEquals(parsed(withoutName, false), ["", "pass", undefined], "a reader does not");
});

Deno.test("script request: the password of the server has a header of its own", () => {
  const headers = { "server-password": "open", "authorization": `Basic ${utf8("a:b")}` };
  const { serverPassword, password } = credentialsOf(headers, "192.0.2.1", true)!;
  assertEquals([serverPassword, password], ["open", "b"]);
});
