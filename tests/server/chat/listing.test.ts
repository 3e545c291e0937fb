import { assertEquals } from "@std/assert";
import type { ServerFrame } from "../../../protocol/mod.ts";
import type { HandlerSession } from "../../../server/chat/handlers/handler.ts";
import { sendList } from "../../../server/chat/listing.ts";
import { partOf } from "../../support/part_of.ts";

Deno.test("listing: a long list waits among long work, a short one does not", () => {
  const done: string[] = [];
  const list = (): ServerFrame => ({ type: "notice", text: "" });
  const session = partOf<HandlerSession>({
    send: () => done.push("sent"),
    runInSlices: (slice: () => boolean) => done.push(slice() ? "more" : "sliced"),
  });
  sendList(session, 49, list);
  assertEquals(done, ["sent"]);
  sendList(session, 50, list);
  assertEquals(done, ["sent", "sent", "sliced"]);
});
