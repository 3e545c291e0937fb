import { assert, assertEquals } from "@std/assert";
import { createHash, randomBytes } from "node:crypto";
import { TRANSFER_WINDOW_BYTES } from "../../../protocol/limits.ts";
import type { ClientFrame, FileFrame } from "../../../protocol/mod.ts";
import { fileText } from "../../../web/files/file_text.ts";
import type { PostListener } from "../../../web/files/post_queue.ts";
import { SharedFiles } from "../../../web/files/shared_files.ts";
import type { FileItem } from "../../../web/files/file_item.ts";
import type { FileSource } from "../../../web/files/file_content.ts";

/** The files of a page, with their sent frames and saved files. */
class Fixture {
  readonly sent: ClientFrame[] = [];
  readonly saved: [name: string, content: Blob][] = [];
  /** The lines of the conversations, by their keys. */
  readonly lines = new Map<string, FileItem>();
  readonly posts: {
    readonly room: string;
    readonly listener: PostListener;
    isStopped: boolean;
  }[] = [];
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
    post: (room, _source, listener) => {
      const post = { room, listener, isStopped: false };
      this.posts.push(post);
      return { stop: () => void (post.isStopped = true) };
    },
    added: (item) => this.lines.set(item.key, item),
    updated: (item) => this.lines.set(item.key, item),
    posted: ({ key }) => this.lines.delete(key),
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

  /** The only line. */
  get line(): FileItem {
    assertEquals(this.lines.size, 1);
    return [...this.lines.values()][0]!;
  }

  /** The only line as text. */
  get text(): string {
    return fileText(this.line);
  }

  /** The only line's state, and why. */
  get state(): [string, string | undefined] {
    const { state, reason } = this.line;
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
    const { state, receivers, bytes } = fixture.line;
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
  assertEquals(
    fixture.text,
    "a.bin (3 bytes) to #lobby: offered to all users here, 2 receiving, received by 1, 1 failed, " +
      "not wanted by 2",
  );

  // Transfers in progress go on to their end, also when the offer is withdrawn.
  desk.end(desk.items[0]!);
  assertEquals(fixture.takeSent().at(-1), { type: "withdraw", file: 3 });
  assertEquals(line().slice(0, 5), ["running", 2, 1, 1, 2]);
  fixture.addNotice({ type: "complete", transfer: 7 });
  desk.end(desk.items[0]!);
  assertEquals(fixture.takeSent().at(-1), { type: "cancel", transfer: 8 });
  assertEquals(line().slice(0, 5), ["done", 0, 2, 2, 2]);
  assertEquals(desk.items, []);
});

Deno.test("files: an expired offer to a room ends with its last transfer", () => {
  const fixture = new Fixture();
  const { desk } = fixture;
  desk.offer(LOBBY, sourceOf(new Uint8Array(3)));
  desk.acknowledged("id1", 3);
  fixture.addNotice({ type: "accepted", file: 3, transfer: 5, by: "Ben" });
  fixture.addNotice({ type: "withdrawn", file: 3, reason: "expired" });
  assertEquals(fixture.state[0], "running");
  fixture.addNotice({ type: "complete", transfer: 5 });
  assertEquals(fixture.text, "a.bin (3 bytes) to #lobby: received by 1");
});

Deno.test("files: a file stays in its conversation when the person is renamed", () => {
  const fixture = new Fixture();
  const { desk } = fixture;
  desk.offer(LOBBY, sourceOf(new Uint8Array(3), "a"));
  desk.offer(BEN, sourceOf(new Uint8Array(3), "b"));
  desk.received({ ...OFFER, name: "c", size: 1 });
  desk.received({ ...OFFER, to: "lobby", room: true, name: "d", size: 1 });
  const namesOf = (kind: "room" | "person", name: string) =>
    [...fixture.lines.values()].filter(({ place }) => place.kind === kind && place.name === name)
      .map((item) => item.name);
  assertEquals([namesOf("room", "lobby"), namesOf("person", "Ben")], [["a", "d"], ["b", "c"]]);
  desk.renamePerson("Ben", "Benno");
  assertEquals([namesOf("person", "Ben"), namesOf("person", "Benno")], [[], ["b", "c"]]);
});

Deno.test("files: an ended file stays in its conversation, a received one for a minute with its content", async () => {
  for (
    const [end, text] of [
      [{ type: "refused", file: 3, by: "Ben" }, "Ben refused it."],
      [{ type: "withdrawn", file: 3, reason: "expired" }, "There was no answer in time."],
    ] as const
  ) {
    const fixture = new Fixture();
    fixture.desk.offer(BEN, sourceOf(new Uint8Array(3)));
    fixture.desk.acknowledged("id1", 3);
    fixture.addNotice(end);
    assertEquals([fixture.text, fixture.desk.items], [`a.bin (3 bytes) to Ben: ${text}`, []]);
  }
  const done = accepting(3);
  done.addNotice(chunk("abc"), { type: "finish", transfer: 5, sha256: sha256("abc") });
  assertEquals(await done.line.content?.text(), "abc");
  for (const run of done.scheduled) run();
  assertEquals([done.line.content, done.desk.items], [undefined, []]);
  assertEquals(done.text, "a.txt (3 bytes) from Ben: saved and checked");
});

Deno.test("files: one for a room of a server that keeps files is posted", () => {
  const fixture = new Fixture();
  const { desk, posts } = fixture;
  const post = () => {
    fixture.lines.clear();
    desk.post("lobby", sourceOf(new Uint8Array(8)));
    return posts.at(-1)!;
  };
  const { room, listener } = post();
  assertEquals([room, desk.isBusy, fixture.text], [
    "lobby",
    true,
    "a.bin (8 bytes) to #lobby: being sent",
  ]);
  listener.progressed(2);
  assertEquals(fixture.line.bytes, 2);
  listener.done();
  assertEquals(
    [fixture.lines.size, desk.items, desk.isBusy],
    [0, [], false],
    "its message follows",
  );

  const refused = post();
  // It is sent over a connection of its own.
  desk.connectionEnded();
  assertEquals(fixture.state[0], "running");
  refused.listener.failed("Too many.", "too_many_uploads");
  assertEquals([fixture.state, desk.isBusy], [["failed", "Too many."], false]);

  const stopped = post();
  desk.end(fixture.line);
  assertEquals([stopped.isStopped, fixture.state], [true, ["ended", "You have stopped it."]]);

  const { listener: unkept } = post();
  assertEquals(fixture.takeSent(), []);
  unkept.failed("None.", "no_stored_files");
  assertEquals(fixture.takeSent().map(({ type }) => type), ["offer"]);
  assertEquals([fixture.state[0], desk.items.length], ["asked", 1]);

  const other = post();
  desk.clear();
  assertEquals([other.isStopped, desk.items, desk.isBusy], [true, [], false]);
});

Deno.test("files: several files are posted one after the other, also past one that was stopped", () => {
  const { desk, posts } = new Fixture();
  for (const room of ["a", "b", "c"]) desk.post(room, sourceOf(new Uint8Array(8)));
  const started = () => posts.map(({ room }) => room).join("");
  desk.end(desk.items[1]!);
  posts[0]!.listener.failed("Too large.", "file_too_large");
  assertEquals(started(), "ac");
  posts[1]!.listener.done();
  assertEquals(desk.isBusy, false);
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
  assertEquals(withdrawn.state, ["ended", "It is not offered any more."]);

  const unwanted = new Fixture();
  unwanted.addNotice({ ...OFFER, name: "a", size: 1 });
  unwanted.desk.end(unwanted.line);
  assertEquals(unwanted.takeSent(), [{ type: "refuse", file: 3 }]);
  assertEquals(unwanted.state, ["ended", "You refused it."]);

  const taken = offering();
  taken.desk.acknowledged("id1", 3);
  taken.desk.end(taken.line);
  assertEquals(taken.takeSent().at(-1), { type: "withdraw", file: 3 });
  assertEquals(taken.state, ["ended", "You took it back."]);

  const busy = new Fixture();
  busy.addNotice({ ...OFFER, name: "a", size: 1 });
  busy.desk.accept(busy.desk.items[0]!);
  assert(busy.desk.refused("id1", "files_busy", "Later."));
  assertEquals(busy.state, ["offered", "Later."]);

  const stopped = accepting(9);
  stopped.desk.end(stopped.desk.items[0]!);
  assertEquals(stopped.takeSent(), [{ type: "cancel", transfer: 5 }]);
  assertEquals(stopped.state, ["ended", "You have stopped it."]);

  const cut = accepting(9);
  cut.desk.connectionEnded();
  assertEquals([cut.state, cut.takeSent()], [["failed", "The connection broke."], []]);
});

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
