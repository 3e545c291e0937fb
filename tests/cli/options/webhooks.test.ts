import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InvalidArgumentError } from "../../../cli/options/commander.ts";
import { hook, hookOut, hookSecret } from "../../../cli/options/webhooks.ts";

Deno.test("webhook options: a webhook is a room and an address, which may contain =", () => {
  assertEquals(hookOut("Tea=https://a.example/?b=c%2Cd"), {
    room: "Tea",
    url: "https://a.example/?b=c%2Cd",
  });
  for (
    const value of [
      "",
      "tea",
      "tea=",
      "=https://a.example/",
      "https://a.example/?b=c",
      "tea=ftp://a.example/",
      "tea=https://secret@a.example/",
    ]
  ) assertThrows(() => hookOut(value), InvalidArgumentError, "ROOM=URL");
});

Deno.test("webhook options: the room may begin with #, and a wrong name is what is reported", () => {
  const token = "0123456789abcdef";
  assertEquals(hook(`#Tea=${token}`), { room: "Tea", token });
  assertEquals(hookOut("#tea=https://a.example/"), { room: "tea", url: "https://a.example/" });
  for (const room of ["a b", "#/tea", "x".repeat(33)]) {
    for (const read of [() => hook(`${room}=${token}`), () => hookOut(`${room}=https://a/`)]) {
      const { message } = assertThrows(
        read,
        InvalidArgumentError,
        "The name of a room may",
      ) as Error;
      assertStringIncludes(message, `${room.replace("#", "")}" is not a valid name`);
      assert(!message.includes(token), "a token is a password");
    }
  }
  for (const value of ["", "tea", "tea=", `=${token}`, "tea=short", token]) {
    assertThrows(() => hook(value), InvalidArgumentError, "ROOM=TOKEN");
  }
});

Deno.test("webhook options: a secret is whsec_ and 24 to 64 bytes in base64", () => {
  const secret = (length: number) => `whsec_${btoa("x".repeat(length))}`;
  for (const length of [24, 32, 64]) assertEquals(hookSecret(secret(length)), secret(length));
  for (
    const value of [
      "",
      "whsec_",
      secret(32).slice(6),
      secret(32).replace("whsec", "WHSEC"),
      secret(23),
      secret(65),
      `${secret(32)}\n`,
      `${secret(31)} `,
      `whsec_${"*".repeat(44)}`,
    ]
  ) assertThrows(() => hookSecret(value), InvalidArgumentError, "whsec_");
});
