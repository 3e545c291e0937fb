import { assertEquals } from "@std/assert";
import { peerText } from "../../../server/network/peer.ts";

Deno.test("peer: its text is that of the log", () => {
  assertEquals(peerText({ address: "192.0.2.1", port: 4242 }), "192.0.2.1:4242");
  assertEquals(peerText({ address: "2001:db8::1", port: 4242 }), "[2001:db8::1]:4242");
  assertEquals(peerText({ address: "2001:db8::1", port: 0 }), "2001:db8::1");
  assertEquals(peerText({ address: "unknown", port: 0 }), "unknown");
});
