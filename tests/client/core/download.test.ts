import { assertEquals, assertInstanceOf } from "@std/assert";
import { type ContentWriter, Download } from "../../../client/core/download.ts";
import { TRANSFER_WINDOW_BYTES } from "../../../protocol/limits.ts";
import type { TransferFrame } from "../../../protocol/mod.ts";
import { settle } from "../fakes.ts";
import { RecordingHost } from "./transfer_host.ts";

const TRANSFER = 9;

/** A fourth of the window: the bytes between two confirmations. */
const QUARTER = TRANSFER_WINDOW_BYTES / 4;

/** Records its writes among the calls of the host. */
class Writer implements ContentWriter {
  constructor(private readonly calls: string[]) {}

  write({ length }: Uint8Array): void | Promise<void> {
    this.calls.push(`write ${length}`);
  }

  save(): void | Promise<void> {
    this.calls.push("save");
  }
}

/** A writer whose writes end when the test calls for it. */
class SlowWriter extends Writer {
  readonly waiting: PromiseWithResolvers<void>[] = [];

  override write(bytes: Uint8Array): Promise<void> {
    void super.write(bytes);
    return this.#wait();
  }

  override save(): Promise<void> {
    void super.save();
    return this.#wait();
  }

  async finish(): Promise<void> {
    this.waiting.shift()!.resolve();
    await settle();
  }

  async fail(error: Error): Promise<void> {
    this.waiting.shift()!.reject(error);
    await settle();
  }

  #wait(): Promise<void> {
    const write = Promise.withResolvers<void>();
    this.waiting.push(write);
    return write.promise;
  }
}

function downloadOf<Kind extends Writer>(
  size: number,
  Kind: new (calls: string[]) => Kind,
  host = new RecordingHost(),
) {
  const writer = new Kind(host.calls);
  return { host, writer, download: new Download(size, TRANSFER, writer, host) };
}

const chunk = (bytes: number): TransferFrame => ({
  type: "chunk",
  transfer: TRANSFER,
  data: new Uint8Array(bytes).fill(7).toBase64(),
});
const finish = (bytes: number): TransferFrame => ({
  type: "finish",
  transfer: TRANSFER,
  sha256: "07".repeat(bytes),
});
const CANCELLED: TransferFrame = {
  type: "cancelled",
  transfer: TRANSFER,
  reason: "cancelled",
  text: "Ann has cancelled it.",
};

Deno.test("a download confirms each fourth of a window and the last byte, and completes when it is verified", () => {
  const { host, download } = downloadOf(QUARTER + 2, Writer);
  for (const bytes of [QUARTER - 1, 1, 1, 1]) download.received(chunk(bytes));
  download.received(finish(QUARTER + 2));
  assertEquals(host.calls, [
    `write ${QUARTER - 1}`,
    "write 1",
    "received",
    `progressed ${QUARTER}`,
    "write 1",
    "write 1",
    "received",
    `progressed ${QUARTER + 2}`,
    "save",
    "complete",
    "completed",
  ]);
  assertEquals(host.frames, [
    { type: "received", transfer: TRANSFER, bytes: QUARTER },
    { type: "received", transfer: TRANSFER, bytes: QUARTER + 2 },
    { type: "complete", transfer: TRANSFER },
  ]);
  const { length } = host.calls;
  for (const frame of [chunk(1), finish(QUARTER + 2), CANCELLED]) download.received(frame);
  download.cancel();
  download.disconnected();
  assertEquals(host.calls.length, length);
});

Deno.test("a download of an empty file completes without a chunk", () => {
  const { host, download } = downloadOf(0, Writer);
  download.received(finish(0));
  assertEquals(host.calls, ["save", "complete", "completed"]);
});

Deno.test("a download confirms a chunk once it is written, and handles the next one after it", async () => {
  const { host, writer, download } = downloadOf(2 * QUARTER, SlowWriter);
  for (const frame of [chunk(QUARTER), chunk(QUARTER), finish(2 * QUARTER)]) {
    download.received(frame);
  }
  await settle();
  assertEquals(host.calls.splice(0), [`write ${QUARTER}`]);
  await writer.finish();
  const first = ["received", `progressed ${QUARTER}`, `write ${QUARTER}`];
  assertEquals(host.calls.splice(0), first);
  await writer.finish();
  assertEquals(host.calls.splice(0), ["received", `progressed ${2 * QUARTER}`, "save"]);
  await writer.finish();
  assertEquals(host.calls, ["complete", "completed"]);
});

const WRONG: Record<string, readonly [frames: TransferFrame[], failure: string, writes: number]> = {
  "is larger than offered": [[chunk(3), chunk(2), chunk(1), finish(4)], "too large", 1],
  "ends too early": [[chunk(3), finish(3), chunk(1), finish(4)], "mismatch", 1],
  "has another SHA-256": [[chunk(4), finish(3)], "mismatch", 1],
};

for (const [what, [frames, failure, writes]] of Object.entries(WRONG)) {
  Deno.test(`a download that ${what} is cancelled and not kept`, () => {
    const { host, download } = downloadOf(4, Writer);
    for (const frame of frames) download.received(frame);
    assertEquals(host.failures.map(({ type }) => type), [failure]);
    assertEquals(host.calls.filter((call) => call.startsWith("write")).length, writes);
    assertEquals(host.frames.at(-1), {
      type: "cancel",
      transfer: TRANSFER,
      reason: "it did not arrive as it was sent",
    });
    assertEquals(host.calls.slice(-2), ["cancel", `failed: ${failure}`]);
  });
}

Deno.test("a download whose chunk is not base64 is cancelled", () => {
  const { host, download } = downloadOf(4, Writer);
  download.received({ type: "chunk", transfer: TRANSFER, data: "?" });
  assertEquals(host.calls, ["cancel", "failed: unwritable"]);
  const [failure] = host.failures;
  assertInstanceOf(failure?.type === "unwritable" ? failure.error : undefined, SyntaxError);
});

for (const method of ["write", "save"] as const) {
  for (const isLate of [false, true]) {
    Deno.test(`a download is cancelled if ${method} ${isLate ? "rejects" : "throws"}`, async () => {
      const error = new Error("ENOSPC");
      const { host, writer, download } = downloadOf(
        1,
        Writer,
        new RecordingHost(() => "disk full"),
      );
      writer[method] = () => {
        if (isLate) return Promise.reject(error);
        throw error;
      };
      for (const frame of [chunk(1), finish(1), finish(1)]) download.received(frame);
      await settle();
      assertEquals(host.failures, [{ type: "unwritable", error }]);
      assertEquals(host.frames.at(-1), {
        type: "cancel",
        transfer: TRANSFER,
        reason: "disk full",
      });
      assertEquals(host.calls.slice(-2), ["cancel", "failed: unwritable"]);
    });
  }
}

Deno.test("a download that is cancelled by the sender reports its sentence", () => {
  const { host, download } = downloadOf(1, Writer);
  download.received(CANCELLED);
  assertEquals(host.failures, [{ type: "cancelled", text: "Ann has cancelled it." }]);
  assertEquals(host.frames, []);
});

const ENDS: Record<string, readonly [end: (download: Download) => void, calls: string[]]> = {
  "is stopped": [(download) => download.cancel(), ["cancel", "failed: stopped"]],
  "loses its connection": [(download) => download.disconnected(), ["failed: disconnected"]],
};

for (const [what, [end, calls]] of Object.entries(ENDS)) {
  for (const outcome of ["ends", "fails"] as const) {
    Deno.test(`a download that ${what} before a write ${outcome} confirms and writes nothing more`, async () => {
      const { host, writer, download } = downloadOf(2 * QUARTER, SlowWriter);
      for (const frame of [chunk(QUARTER), chunk(QUARTER), finish(2 * QUARTER)]) {
        download.received(frame);
      }
      end(download);
      end(download);
      await (outcome === "ends" ? writer.finish() : writer.fail(new Error("EIO")));
      assertEquals([host.calls, writer.waiting], [[`write ${QUARTER}`, ...calls], []]);
    });
  }

  Deno.test(`a download that ${what} while it is stored does not complete`, async () => {
    const { host, writer, download } = downloadOf(0, SlowWriter);
    download.received(finish(0));
    end(download);
    await writer.finish();
    assertEquals(host.calls, ["save", ...calls]);
  });
}
