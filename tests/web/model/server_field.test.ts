import { assertEquals } from "@std/assert";
import { readServer } from "../../../web/model/server_field.ts";

const OWN = "http://chat.lan:8080/";

Deno.test("server field: its own server, another one, and invalid texts", () => {
  for (const typed of ["", " chat.lan:8080 ", "http://chat.lan:8080", "CHAT.lan:8080"]) {
    assertEquals(readServer(typed, OWN), { kind: "own" }, typed);
  }
  for (
    const [typed, href] of [
      ["chat.lan", "http://chat.lan/"],
      ["192.0.2.7:9000", "http://192.0.2.7:9000/"],
      ["[::1]:9000", "http://[::1]:9000/"],
      ["https://chat.example/x", "https://chat.example/x"],
      ["chat.lan:8080/chat/", "http://chat.lan:8080/chat/"],
    ] as const
  ) assertEquals(readServer(typed, OWN), { kind: "other", href }, typed);
  for (
    const typed of ["a b", "http://", "user@chat.lan", "chat.lan:99999", "javascript:alert(1)"]
  ) {
    assertEquals(readServer(typed, OWN), { kind: "invalid" }, typed);
  }
});

Deno.test("server field: below a path", () => {
  const own = "https://example.org/chat/#name=Ann";
  for (const typed of ["example.org", "example.org/chat", "https://example.org/chat/"]) {
    assertEquals(readServer(typed, own), { kind: "own" }, typed);
  }
  assertEquals(readServer("example.org/tea/", own), {
    kind: "other",
    href: "https://example.org/tea/",
  });
});
