import { assertEquals } from "@std/assert";
import { describeUnknownPeer, isEcho } from "../../../client/core/unknown_peer.ts";

const SENT = "\x1e";

Deno.test("unknown peer: an echo server sends text back, perhaps behind a prefix", () => {
  for (const answer of ["\x1e", "\x1e\n", "Server received: \x1e\r\n", "Echo: \x1e", "> \x1e"]) {
    assertEquals(isEcho(answer, SENT), true, JSON.stringify(answer));
  }
  assertEquals(
    describeUnknownPeer("Echo: \x1e", SENT),
    "it sends back what it receives, as an echo server does",
  );
});

Deno.test("unknown peer: a chat that reads the sent text as a name is no echo server", () => {
  for (
    const answer of [
      "Welcome \x1e\n",
      "Hi, \x1e",
      "*** \x1e has joined ***\n",
      "New user: \x1e\n",
      "Connected as \x1e\n",
    ]
  ) {
    assertEquals(isEcho(answer, SENT), false, JSON.stringify(answer));
  }
  assertEquals(isEcho("", ""), false);
});
