import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { MessageFrame } from "../../../protocol/mod.ts";
import { Upload } from "../../../server/chat/files/stored_files.ts";
import type { Result } from "../../../server/result.ts";
import type { PartialFile } from "../../../server/storage/file_folder.ts";
import { FileUpload } from "../../../server/web/file_upload.ts";
import type { HttpExchange } from "../../../server/web/http_exchange.ts";
import { createStage, settled } from "./web_stage.ts";

const FILE = { name: "a.txt", size: 5, type: "text/plain", hash: "0".repeat(64), url: "http://x/" };

const POSTED: MessageFrame = {
  ...{ type: "message", seq: 1, room: "lobby", from: "cron", text: "a.txt", time: 0 },
  file: FILE,
};

Deno.test("file upload: one that is complete is not displaced by others while it is posted", async () => {
  const held: HttpExchange[] = [];
  const head = "PUT /held HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n";
  const socket = createStage(held).take(`${head}hel`);
  const [exchange] = held;
  assert(exchange !== undefined);
  const written: number[] = [];
  // The methods that an upload uses.
  const partial = {
    write: ({ length }: Uint8Array) => Promise.resolve(void written.push(length)),
    discard: () => Promise.resolve(),
  } as unknown as PartialFile;
  const [finishing, result] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<Result<MessageFrame>>(),
  ];
  const upload = new Upload(Promise.resolve(partial), () => {
    finishing.resolve();
    return result.promise;
  });
  let canBeDisplaced = true;
  const permission = Promise.resolve({ value: upload });
  const { connection: { context } } = exchange;
  const transfer = new FileUpload(permission, 5, "http://x", exchange, context, {
    key: "192.0.2.1",
    maxBytes: 10,
    refuse: ({ code }) => assert(false, code),
    ended: () => canBeDisplaced = false,
  });
  transfer.start();
  await settled();
  assert(canBeDisplaced, "it is not complete");
  socket.push("lo");
  await finishing.promise;
  assert(!canBeDisplaced);
  result.resolve({ value: POSTED });
  await settled();
  assertEquals(written, [3, 2]);
  assertStringIncludes(socket.written, "HTTP/1.1 201 Created\r\n");
  socket.destroy();
  await settled();
});
