import { assert, assertEquals } from "@std/assert";
import { createHash, randomBytes } from "node:crypto";
import { MAX_CHUNK_BYTES, TRANSFER_WINDOW_BYTES } from "../../../protocol/limits.ts";
import type { ClientFrame, FileFrame } from "../../../protocol/frames.ts";
import { SharedFiles } from "../../../web/files/shared_files.ts";
import { shownName } from "../../../web/files/file_item.ts";
import { type FileSource, ReadAhead } from "../../../web/files/file_content.ts";

/** The files of a page, with their sent frames and saved files. */
class Fixture {
  readonly sent: ClientFrame[] = [];
  readonly saved: [name: string, content: Blob][] = [];
  /** Notices and errors in conversations. */
  readonly told: string[] = [];
  /** Scheduled calls. */
  readonly scheduled: (() => void)[] = [];
  #ids = 0;
  #wake: () => void = () => {};
  readonly desk = new SharedFiles({
    send: (frame) => {
      this.sent.push(frame);
      this.#wake();
    },
    newId: () => `id${++this.#ids}`,
    schedule: (run) => this.scheduled.push(run),
    offered: () => {},
    failed: (text, { name }) => this.told.push(`${name}: ${text}`),
    save: (name, content) => this.saved.push([name, content]),
    changed: () => {},
    progressed: () => {},
  });

  addNotice(...frames: FileFrame[]): void {
    for (const frame of frames) this.desk.received(frame);
  }

  takeSent(): ClientFrame[] {
    return this.sent.splice(0);
  }

  /** Waits until a frame of one of these types was sent; hands over all that was. */
  async untilSent(...types: ClientFrame["type"][]): Promise<ClientFrame[]> {
    while (!this.sent.some(({ type }) => types.includes(type))) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.takeSent();
  }

  /** The first line's state, and why. */
  get state(): [string, string | undefined] {
    const [{ state, reason } = { state: "none", reason: undefined }] = this.desk.items;
    return [state, reason];
  }
}

const sourceOf = (bytes: Uint8Array<ArrayBuffer>, name = "a.bin"): FileSource => ({
  name,
  size: bytes.length,
  slice: (start, end) => new Blob([bytes.subarray(start, end)]),
});

const BEN = { kind: "person", name: "Ben" } as const;
const LOBBY = { kind: "room", name: "lobby" } as const;

const OFFER = { type: "offered", file: 3, from: "Ben", to: "Ann", time: 0 } as const;

function chunk(data: string): FileFrame {
  return { type: "chunk", transfer: 5, data: btoa(data) };
}

function sha256(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}

function accepting(size: number): Fixture {
  const fixture = new Fixture();
  fixture.addNotice({ ...OFFER, name: "a.txt", size });
  fixture.desk.accept(fixture.desk.items[0]!);
  fixture.addNotice({ type: "accepted", file: 3, transfer: 5, by: "Ann" });
  fixture.takeSent();
  return fixture;
}

Deno.test("files: a received file is confirmed, verified and saved", async () => {
  const fixture = accepting(6);
  fixture.addNotice(chunk("abc"), chunk("def"));
  fixture.addNotice({ type: "finish", transfer: 5, sha256: sha256("abcdef") });
  assertEquals(fixture.takeSent(), [
    { type: "received", transfer: 5, bytes: 6 },
    { type: "complete", transfer: 5 },
  ]);
  const [[name, content]] = fixture.saved as [[string, Blob]];
  assertEquals([name, await content.text()], ["a.txt", "abcdef"]);
  assertEquals(fixture.state[0], "done");
});

Deno.test("files: a file that differs from the sent one is not saved", () => {
  for (
    const [what, ...frames] of [
      ["other bytes", chunk("abx"), { type: "finish", transfer: 5, sha256: sha256("abc") }],
      ["too few", chunk("ab"), { type: "finish", transfer: 5, sha256: sha256("ab") }],
      ["too many", chunk("abcd")],
    ] as [string, ...FileFrame[]][]
  ) {
    const fixture = accepting(3);
    fixture.addNotice(...frames);
    assertEquals(fixture.takeSent().at(-1)!.type, "cancel", what);
    assertEquals([fixture.saved.length, fixture.state[0]], [0, "failed"], what);
    fixture.addNotice(...frames); // on its way when it was cancelled
    assertEquals(fixture.takeSent(), [], what);
  }
});

Deno.test("files: a file is sent within the window, and is complete when the receiver reports it", async () => {
  const bytes = new Uint8Array(randomBytes(600_000));
  const fixture = new Fixture();
  fixture.desk.offer(BEN, sourceOf(bytes));
  assertEquals(fixture.takeSent(), [
    { type: "offer", to: "Ben", name: "a.bin", size: 600_000, id: "id1" },
  ]);
  assert(fixture.desk.acknowledged("id1", 3));
  fixture.addNotice({ type: "accepted", file: 3, transfer: 5, by: "Ben" });
  const received: Uint8Array[] = [];
  let arrived = 0;
  let digest = "";
  while (digest === "") {
    for (const frame of await fixture.untilSent("chunk", "finish")) {
      if (frame.type === "finish") digest = frame.sha256;
      if (frame.type !== "chunk") continue;
      received.push(Uint8Array.from(atob(frame.data), codeOf));
      arrived += received.at(-1)!.length;
    }
    assert(arrived - fixture.desk.items[0]!.bytes <= TRANSFER_WINDOW_BYTES);
    fixture.addNotice({ type: "received", transfer: 5, bytes: arrived });
  }
  assertEquals(digest, createHash("sha256").update(bytes).digest("hex"));
  const all = createHash("sha256");
  for (const piece of received) all.update(piece);
  assertEquals(all.digest("hex"), digest);
  assertEquals(fixture.state[0], "running");
  fixture.addNotice({ type: "complete", transfer: 5 });
  assertEquals(fixture.state[0], "done");
});

Deno.test("files: a file is read in large blocks, in order", async () => {
  const bytes = new Uint8Array(randomBytes(2_500_001));
  const reads: [start: number, end: number][] = [];
  const source = sourceOf(bytes);
  const reader = new ReadAhead({
    ...source,
    slice: (start, end) => {
      reads.push([start, end]);
      return source.slice(start, end);
    },
  });
  const all = createHash("sha256");
  for (let left = bytes.length; left > 0;) {
    const piece = await reader.read(MAX_CHUNK_BYTES);
    assertEquals(piece.length, Math.min(left, MAX_CHUNK_BYTES));
    all.update(piece);
    left -= piece.length;
  }
  assertEquals(all.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
  assertEquals(reads, [[0, 960_000], [960_000, 1_920_000], [1_920_000, 2_500_001]]);
});

Deno.test("files: a file that becomes shorter while it is read is cancelled", async () => {
  const bytes = new Uint8Array(1_000_000);
  const source = sourceOf(bytes);
  const fixture = new Fixture();
  fixture.desk.offer(BEN, {
    ...source,
    slice: (start, end) => source.slice(start, Math.min(end, 990_000)),
  });
  fixture.desk.acknowledged("id1", 3);
  fixture.addNotice({ type: "accepted", file: 3, transfer: 5, by: "Ben" });
  let sent = 0;
  for (let isOver = false; !isOver;) {
    for (const frame of await fixture.untilSent("chunk", "cancel")) {
      if (frame.type === "chunk") sent += atob(frame.data).length;
      isOver ||= frame.type === "cancel";
    }
    fixture.addNotice({ type: "received", transfer: 5, bytes: sent });
  }
  assertEquals([sent, fixture.state[0]], [960_000, "failed"]);
});

Deno.test("files: one that cannot be read any more is cancelled", async () => {
  const fixture = new Fixture();
  const unreadable = { arrayBuffer: () => Promise.reject(new Error("gone")) };
  fixture.desk.offer(BEN, { name: "a", size: 9, slice: () => unreadable });
  fixture.desk.acknowledged("id1", 3);
  fixture.addNotice({ type: "accepted", file: 3, transfer: 5, by: "Ben" });
  assertEquals((await fixture.untilSent("cancel")).at(-1), {
    type: "cancel",
    transfer: 5,
    reason: "the file cannot be read",
  });
  assertEquals(fixture.state[0], "failed");
});

Deno.test("files: an empty one is sent and received, too", async () => {
  const fixture = new Fixture();
  fixture.desk.offer(BEN, sourceOf(new Uint8Array()));
  fixture.desk.acknowledged("id1", 3);
  fixture.addNotice({ type: "accepted", file: 3, transfer: 5, by: "Ben" });
  const sent = await fixture.untilSent("finish");
  assertEquals(sent.at(-1), { type: "finish", transfer: 5, sha256: sha256("") });
  const other = accepting(0);
  other.addNotice({ type: "finish", transfer: 5, sha256: sha256("") });
  assertEquals([other.saved.length, other.state[0]], [1, "done"]);
});

Deno.test("files: an offer to a room is one line for all its receivers", () => {
  const fixture = new Fixture();
  const { desk } = fixture;
  desk.offer(LOBBY, sourceOf(new Uint8Array(3)));
  desk.acknowledged("id1", 3);
  const line = () => {
    assertEquals(desk.items.length, 1);
    const { state, receivers, bytes } = desk.items[0]!;
    return [
      state,
      receivers!.running,
      receivers!.done,
      receivers!.failed,
      receivers!.refused,
      bytes,
    ];
  };
  for (const transfer of [5, 6, 7, 8]) {
    fixture.addNotice({ type: "accepted", file: 3, transfer, by: `user${transfer}` });
  }
  for (const by of ["Ben", "Cyd"]) fixture.addNotice({ type: "refused", file: 3, by });
  assertEquals(line(), ["offered", 4, 0, 0, 2, 0]);
  fixture.addNotice({ type: "received", transfer: 5, bytes: 2 });
  assertEquals(line(), ["offered", 4, 0, 0, 2, 0.5]);
  fixture.addNotice({ type: "complete", transfer: 5 });
  fixture.addNotice({ type: "cancelled", transfer: 6, reason: "gone", text: "user6 is gone." });
  assertEquals(line().slice(0, 5), ["offered", 2, 1, 1, 2]);
  assertEquals(fixture.told, ["lobby: a.bin for user6: user6 is gone."]);

  // Transfers in progress go on to their end, also when the offer is withdrawn.
  desk.end(desk.items[0]!);
  assertEquals(fixture.takeSent().at(-1), { type: "withdraw", file: 3 });
  assertEquals(line().slice(0, 5), ["running", 2, 1, 1, 2]);
  fixture.addNotice({ type: "complete", transfer: 7 });
  desk.end(desk.items[0]!);
  assertEquals(fixture.takeSent().at(-1), { type: "cancel", transfer: 8 });
  assertEquals(line().slice(0, 5), ["done", 0, 2, 2, 2]);
  for (const run of fixture.scheduled) run();
  assertEquals([desk.items.length, fixture.told.length], [0, 1]);
});

Deno.test("files: an expired offer to a room ends with its last transfer", () => {
  const fixture = new Fixture();
  const { desk } = fixture;
  desk.offer(LOBBY, sourceOf(new Uint8Array(3)));
  desk.acknowledged("id1", 3);
  fixture.addNotice({ type: "accepted", file: 3, transfer: 5, by: "Ben" });
  fixture.addNotice({ type: "withdrawn", file: 3, reason: "expired" });
  assertEquals([desk.items[0]!.state, fixture.told], ["running", []]);
  fixture.addNotice({ type: "complete", transfer: 5 });
  assertEquals([desk.items[0]!.state, fixture.told], ["done", []]);
});

Deno.test("files: a file stays in its conversation when the person is renamed", () => {
  const { desk, ...fixture } = new Fixture();
  desk.offer(LOBBY, sourceOf(new Uint8Array(3), "a"));
  desk.offer(BEN, sourceOf(new Uint8Array(3), "b"));
  desk.received({ ...OFFER, name: "c", size: 1 });
  desk.received({ ...OFFER, to: "lobby", room: true, name: "d", size: 1 });
  const namesOf = (kind: "room" | "person", name: string) =>
    desk.itemsOf({ kind, name }).map((item) => item.name);
  assertEquals([namesOf("room", "Lobby"), namesOf("person", "ben")], [["a", "d"], ["b", "c"]]);
  assertEquals([namesOf("room", "tea"), namesOf("person", "lobby")], [[], []]);
  desk.renamePerson("Ben", "Benno");
  assertEquals([namesOf("person", "Ben"), namesOf("person", "Benno")], [[], ["b", "c"]]);
  assertEquals(fixture.told, []);
});

Deno.test("files: ended transfers are removed; a refusal is shown in its conversation", () => {
  for (
    const [end, told] of [
      [{ type: "refused", file: 3, by: "Ben" }, "Ben: a.bin: Ben refused it."],
      [
        { type: "withdrawn", file: 3, reason: "expired" },
        "Ben: a.bin: There was no answer in time.",
      ],
    ] as const
  ) {
    const fixture = new Fixture();
    fixture.desk.offer(BEN, sourceOf(new Uint8Array(3)));
    fixture.desk.acknowledged("id1", 3);
    fixture.addNotice(end);
    assertEquals([fixture.told, fixture.desk.items.length], [[told], 1]);
    for (const run of fixture.scheduled) run();
    assertEquals(fixture.desk.items, []);
  }
  const done = accepting(3);
  done.addNotice(chunk("abc"), { type: "finish", transfer: 5, sha256: sha256("abc") });
  assertEquals([done.state[0], done.told], ["done", []]);
  for (const run of done.scheduled) run();
  assertEquals(done.desk.items, []);
});

Deno.test("files: refused, withdrawn, not allowed, stopped, cut off", () => {
  const offering = () => {
    const fixture = new Fixture();
    fixture.desk.offer(BEN, sourceOf(new Uint8Array(3)));
    return fixture;
  };
  const tooLarge = offering();
  assert(tooLarge.desk.refused("id1", "file_too_large", "Too large."));
  assertEquals(tooLarge.state, ["failed", "Too large."]);

  const refused = offering();
  refused.desk.acknowledged("id1", 3);
  refused.addNotice({ type: "refused", file: 3, by: "Ben" });
  assertEquals(refused.state, ["failed", "Ben refused it."]);

  const withdrawn = new Fixture();
  withdrawn.addNotice({ ...OFFER, name: "a", size: 1 });
  withdrawn.addNotice({ type: "withdrawn", file: 3, reason: "gone" });
  assertEquals(withdrawn.state, ["failed", "It is not offered any more."]);

  const busy = new Fixture();
  busy.addNotice({ ...OFFER, name: "a", size: 1 });
  busy.desk.accept(busy.desk.items[0]!);
  assert(busy.desk.refused("id1", "files_busy", "Later."));
  assertEquals(busy.state, ["offered", "Later."]);

  const stopped = accepting(9);
  stopped.desk.end(stopped.desk.items[0]!);
  assertEquals(stopped.takeSent(), [{ type: "cancel", transfer: 5 }]);
  assertEquals(stopped.state, ["failed", "You have stopped it."]);

  const cut = accepting(9);
  cut.desk.connectionEnded();
  assertEquals([cut.state, cut.takeSent()], [["failed", "The connection broke."], []]);
});

Deno.test("files: a shown name has no invisible and no path characters", () => {
  for (
    const [raw, shown] of [
      ["photo\u202egpj.exe", "photo_gpj.exe"],
      ["../../etc/passwd", ".._.._etc_passwd"],
      ["a\u0000b\nc", "a_b_c"],
      [" ", "file"],
      ["Grüße 😀.txt", "Grüße 😀.txt"],
    ] as const
  ) assertEquals(shownName(raw), shown);
});

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
