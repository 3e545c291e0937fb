import { assert, assertEquals } from "@std/assert";
import { type ContentReader, Upload } from "../../../client/core/upload.ts";
import type { TransferFrame } from "../../../protocol/mod.ts";
import { MAX_CHUNK_BYTES, TRANSFER_WINDOW_BYTES } from "../../../protocol/limits.ts";
import { settle } from "../fakes.ts";
import { RecordingHost } from "./transfer_host.ts";

/** Number of whole chunks in a window. */
const WINDOW_CHUNKS = Math.floor(TRANSFER_WINDOW_BYTES / MAX_CHUNK_BYTES);

/** A file of equal bytes. */
class Content implements ContentReader {
  /** Lengths of the reads. */
  readonly reads: number[] = [];

  constructor(readonly size: number, private readonly verification?: () => Promise<void>) {}

  read(bytes: number): Uint8Array | Promise<Uint8Array> {
    this.reads.push(bytes);
    return new Uint8Array(bytes).fill(7);
  }

  async verify(): Promise<void> {
    await this.verification?.();
  }
}

/** A file whose reads end when the test calls for it. */
class SlowContent extends Content {
  /** The reads that wait. */
  readonly waiting: PromiseWithResolvers<Uint8Array>[] = [];

  override read(bytes: number): Promise<Uint8Array> {
    this.reads.push(bytes);
    const read = Promise.withResolvers<Uint8Array>();
    this.waiting.push(read);
    return read.promise;
  }

  async finishRead(): Promise<void> {
    this.waiting.shift()!.resolve(new Uint8Array(this.reads.at(-1)!).fill(7));
    await settle();
  }
}

const TRANSFER = 4;

const received = (bytes: number): TransferFrame => ({
  type: "received",
  transfer: TRANSFER,
  bytes,
});
const COMPLETE: TransferFrame = { type: "complete", transfer: TRANSFER };
const CANCELLED: TransferFrame = {
  type: "cancelled",
  transfer: TRANSFER,
  reason: "cancelled",
  text: "Bob has cancelled it.",
};

function uploadOf(content: ContentReader, host = new RecordingHost()) {
  return { host, upload: new Upload(content, TRANSFER, host) };
}

Deno.test("an upload sends at most a window of unconfirmed bytes", async () => {
  const content = new Content(TRANSFER_WINDOW_BYTES + MAX_CHUNK_BYTES);
  const { host, upload } = uploadOf(content);
  await upload.start();
  assertEquals(host.calls, Array(WINDOW_CHUNKS).fill("chunk"));
  // A chunk does not fit before all bytes beyond the window are confirmed.
  const sent = WINDOW_CHUNKS * MAX_CHUNK_BYTES;
  const missing = sent + MAX_CHUNK_BYTES - TRANSFER_WINDOW_BYTES;
  upload.received(received(missing - 1));
  await settle();
  assertEquals(host.calls.splice(WINDOW_CHUNKS), [`progressed ${missing - 1}`]);
  upload.received(received(missing));
  await settle();
  assertEquals(host.calls.splice(WINDOW_CHUNKS), [`progressed ${missing}`, "chunk"]);
});

Deno.test("an upload sends exactly the offered bytes, and completes once the receiver has verified them", async () => {
  const content = new Content(2 * MAX_CHUNK_BYTES + 1);
  const { host, upload } = uploadOf(content);
  await upload.start();
  assertEquals(content.reads, [MAX_CHUNK_BYTES, MAX_CHUNK_BYTES, 1]);
  assertEquals(host.frames.slice(2), [
    { type: "chunk", transfer: TRANSFER, data: "Bw==" },
    { type: "finish", transfer: TRANSFER, sha256: "07".repeat(content.size) },
  ]);
  upload.received(received(content.size));
  await settle();
  upload.received(COMPLETE);
  const end = ["chunk", "chunk", "chunk", "finish", `progressed ${content.size}`, "completed"];
  assertEquals(host.calls, end);
  // Nothing is reported after the end.
  for (const frame of [COMPLETE, CANCELLED, received(1)]) upload.received(frame);
  upload.cancel();
  upload.disconnected();
  assertEquals(host.calls, end);
});

Deno.test("an upload of an empty file sends no chunk", async () => {
  const content = new Content(0);
  const { host, upload } = uploadOf(content);
  await upload.start();
  assertEquals(host.frames, [{ type: "finish", transfer: TRANSFER, sha256: "" }]);
  assertEquals(content.reads, []);
});

Deno.test("an upload whose reads return less than requested sends every byte", async () => {
  const content = new Content(5);
  content.read = (bytes) => new Uint8Array(Math.min(2, bytes)).fill(7);
  const { host, upload } = uploadOf(content);
  await upload.start();
  assertEquals(host.calls, ["chunk", "chunk", "chunk", "finish"]);
  assertEquals(host.hash.digest(), "0707070707");
});

Deno.test("a confirmation during a read starts no second one", async () => {
  const content = new SlowContent(2 * MAX_CHUNK_BYTES);
  const { host, upload } = uploadOf(content);
  void upload.start();
  upload.received(received(0));
  void upload.start();
  await settle();
  assertEquals(content.reads.length, 1);
  await content.finishRead();
  await content.finishRead();
  assertEquals(host.calls, ["progressed 0", "chunk", "chunk", "finish"]);
});

Deno.test("a confirmation after the last byte sends no second finish", async () => {
  const verification = Promise.withResolvers<void>();
  const { host, upload } = uploadOf(new Content(1, () => verification.promise));
  void upload.start();
  await settle();
  assertEquals(host.calls, ["chunk"]);
  upload.received(received(1));
  verification.resolve();
  await settle();
  upload.received(received(1));
  await settle();
  assertEquals(host.calls, ["chunk", "progressed 1", "finish", "progressed 1"]);
});

for (
  const [reason, reasonOf] of [
    ["the file cannot be read"],
    ["no access", () => "no access"],
  ] as const
) {
  Deno.test(`an upload whose file cannot be read is cancelled: ${reason}`, async () => {
    const error = new Error("EIO");
    const content = new Content(1);
    content.read = () => Promise.reject(error);
    const { host, upload } = uploadOf(content, new RecordingHost(reasonOf));
    await upload.start();
    assertEquals(host.frames, [{ type: "cancel", transfer: TRANSFER, reason }]);
    assertEquals(host.failures, [{ type: "unreadable", error }]);
    upload.received(received(0));
    await settle();
    assertEquals(host.calls, ["cancel", "failed: unreadable"]);
  });
}

Deno.test("an upload whose file throws at once is cancelled, too", async () => {
  const content = new Content(1);
  content.read = () => {
    throw new Error("shorter");
  };
  const { host, upload } = uploadOf(content);
  await upload.start();
  assertEquals(host.calls, ["cancel", "failed: unreadable"]);
});

Deno.test("an upload of a file that has changed is not finished", async () => {
  const error = new Error("changed");
  const { host, upload } = uploadOf(new Content(1, () => Promise.reject(error)));
  await upload.start();
  assertEquals(host.calls, ["chunk", "cancel", "failed: unreadable"]);
  assertEquals(host.failures, [{ type: "unreadable", error }]);
});

const ENDS: Record<string, readonly [end: (upload: Upload) => void, calls: readonly string[]]> = {
  "is stopped": [(upload) => upload.cancel(), ["cancel", "failed: stopped"]],
  "loses its connection": [(upload) => upload.disconnected(), ["failed: disconnected"]],
  "is cancelled by the receiver": [(upload) => upload.received(CANCELLED), ["failed: cancelled"]],
};

for (const [what, [end, calls]] of Object.entries(ENDS)) {
  Deno.test(`an upload that ${what} during a read sends no more of the file`, async () => {
    const content = new SlowContent(2 * MAX_CHUNK_BYTES);
    const { host, upload } = uploadOf(content);
    void upload.start();
    end(upload);
    end(upload);
    await content.finishRead();
    assertEquals([host.calls, content.reads.length], [calls, 1]);
    assertEquals(host.hash.digest(), "");
  });

  Deno.test(`an upload that ${what} before the file is verified is not finished`, async () => {
    const verification = Promise.withResolvers<void>();
    const { host, upload } = uploadOf(new Content(1, () => verification.promise));
    void upload.start();
    await settle();
    end(upload);
    verification.resolve();
    await settle();
    assertEquals(host.calls, ["chunk", ...calls]);
  });
}

Deno.test("an upload reports the sentence of the side that has cancelled it", () => {
  const { host, upload } = uploadOf(new Content(1));
  upload.received(CANCELLED);
  assertEquals(host.failures, [{ type: "cancelled", text: "Bob has cancelled it." }]);
  assert(!host.calls.includes("cancel"));
});

for (const [name, make] of [["at once", Content], ["later", SlowContent]] as const) {
  Deno.test(`an upload that reads ${name} misses no confirmation, whenever it arrives`, async () => {
    const content = new make(4 * WINDOW_CHUNKS * MAX_CHUNK_BYTES);
    const { host, upload } = uploadOf(content);
    const finishReads = async () => {
      while (content instanceof SlowContent && content.waiting.length > 0) {
        await content.finishRead();
      }
    };
    const started = upload.start();
    await finishReads();
    const sent = () => host.calls.filter((call) => call === "chunk").length;
    for (let windows = 1; windows < 4; windows++) {
      assertEquals(sent(), windows * WINDOW_CHUNKS);
      const bytes = windows * WINDOW_CHUNKS * MAX_CHUNK_BYTES;
      // The second one arrives before a promise of the first could have settled.
      upload.received(received(bytes - TRANSFER_WINDOW_BYTES + MAX_CHUNK_BYTES));
      upload.received(received(bytes));
      await finishReads();
    }
    await started;
    await settle();
    assertEquals([sent(), host.calls.at(-1)], [4 * WINDOW_CHUNKS, "finish"]);
  });
}
