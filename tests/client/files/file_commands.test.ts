import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ConnectionError, FileError, type FrameWatcher, receiveFile } from "../../../client/mod.ts";
import { FileCommands } from "../../../client/files/file_commands.ts";
import type { FileChat, FileStore } from "../../../client/files/file_chat.ts";
import type { ClientFrame, FileFrame, OfferedFrame } from "../../../protocol/mod.ts";
import { eventually } from "../../support/eventually.ts";
import { FakeClock, settle } from "../fakes.ts";

/** A chat that stores the frames that it gets, and the lines that are printed. */
class Scene implements FileChat {
  readonly sent: ClientFrame[] = [];
  readonly lines: string[] = [];
  readonly clock = new FakeClock();
  readonly #watchers = new Set<FrameWatcher>();
  readonly desk = new FileCommands(this, {
    notify: (text) => this.#show(text),
    refuse: (text) => this.#show(`error: ${text}`),
    now: this.clock.now,
  });
  /** The answer of the server to an acceptance. */
  acceptAnswer: Promise<void> = Promise.resolve();
  #wake = () => {};

  fileStore: FileStore | undefined;
  joinedRooms = ["Tea"];

  post(frame: ClientFrame): void {
    this.sent.push(frame);
    this.#wake();
  }

  offer(to: string, name: string, size: number) {
    this.post({ type: "offer", to, name, size });
    return Promise.resolve({ file: 1, room: false });
  }

  accept(file: number): Promise<void> {
    this.post({ type: "accept", file });
    return this.acceptAnswer;
  }

  watch(watcher: FrameWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  receive(frame: FileFrame): void {
    for (const watcher of this.#watchers) watcher.received(frame);
  }

  /** The connection is over. */
  end(): void {
    const error = new ConnectionError("silent", "chat", { host: "h", port: 1 });
    for (const watcher of this.#watchers) watcher.closed(error);
  }

  /** Waits for a number of lines or frames. */
  async until(list: readonly unknown[], length: number): Promise<void> {
    while (list.length < length) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  #show(text: string): void {
    this.lines.push(text);
    this.#wake();
  }
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hubbub-desk-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const offered = (file: number, name: string): OfferedFrame => ({
  type: "offered",
  file,
  from: "Alice",
  to: "Bob",
  name,
  size: 100_000,
  time: 0,
});

Deno.test("file commands: other lines are left to the caller", () => {
  const { desk } = new Scene();
  for (const line of ["hello", "/sendx Bob a", "//send Bob a", "/whisper Bob /accept", "", " /x"]) {
    assertEquals(desk.take(line), false, line);
  }
});

Deno.test("file commands: offers are answered in the order in which they came", () => {
  const { desk, sent, lines } = new Scene();
  desk.show(offered(1, "a"));
  desk.show(offered(2, "b"));
  desk.show(offered(3, "c"));
  desk.take("/refuse");
  desk.show({ type: "withdrawn", file: 2, reason: "gone" });
  desk.take("/REFUSE");
  desk.take("/refuse");
  assertEquals(sent, [{ type: "refuse", file: 1 }, { type: "refuse", file: 3 }]);
  assertEquals(lines, [
    "Alice offers you a (100 KB). " +
    "/accept saves it in the current folder, /accept PATH elsewhere; /refuse declines it.",
    "Alice offers you b (100 KB). 2 files wait; /accept and /refuse are for the first.",
    "Alice offers you c (100 KB). 3 files wait; /accept and /refuse are for the first.",
    "You refused a from Alice.",
    "b from Alice is not offered any more.",
    "You refused c from Alice.",
    "error: No file is offered to you.",
  ]);
});

Deno.test("file commands: a long file has a line every five seconds, and one at its start and end", () =>
  inFolder(async (folder) => {
    const path = join(folder, "my file.bin");
    await Deno.writeFile(path, new Uint8Array(1_000_000));
    const scene = new Scene();
    const { desk, sent, lines, clock } = scene;
    desk.take(`/send Bob ${path.replaceAll(" ", "\\ ")}`);
    await scene.until(sent, 1);
    assertEquals(sent[0], { type: "offer", to: "Bob", name: "my file.bin", size: 1_000_000 });
    scene.receive({ type: "accepted", file: 1, transfer: 7, by: "Bob" });
    await scene.until(sent, 11);
    for (let bytes = 100_000; bytes <= 900_000; bytes += 100_000) {
      clock.advance(1500);
      scene.receive({ type: "received", transfer: 7, bytes });
    }
    await scene.until(sent, 1 + 42 + 1);
    assertEquals(sent.at(-1)?.type, "finish");
    scene.receive({ type: "received", transfer: 7, bytes: 1_000_000 });
    scene.receive({ type: "complete", transfer: 7 });
    await scene.until(lines, 5);
    assertEquals(lines, [
      "You offer my file.bin (1 MB) to Bob. /cancel takes it back.",
      "Bob has accepted: sending my file.bin to Bob.",
      "my file.bin to Bob: 40 % of 1 MB.",
      "my file.bin to Bob: 80 % of 1 MB.",
      "Bob has received and verified my file.bin.",
    ]);
  }));

Deno.test("file commands: an error is printed once, and nothing after the end of the chat", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a");
    await Deno.writeFile(path, new Uint8Array(1_000_000));
    const scene = new Scene();
    const { desk, sent, lines } = scene;
    desk.take(`/send Bob "${path}"`);
    await scene.until(sent, 1);
    scene.receive({ type: "accepted", file: 1, transfer: 7, by: "Bob" });
    scene.receive({ type: "cancelled", transfer: 7, reason: "gone", text: "Bob is gone." });
    await scene.until(lines, 3);
    assertEquals(lines.slice(2), ["error: a was not sent: Bob is gone."]);
    desk.take(`/send Bob ${path}`);
    await scene.until(lines, 4);
    await desk.close();
    assertEquals(lines.length, 4);
  }));

Deno.test("file commands: the end of the connection is reported by the chat", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "a"), new Uint8Array(1_000_000));
    const scene = new Scene();
    const { desk, sent, lines } = scene;
    desk.take(`/send Bob ${folder}/a`);
    await scene.until(sent, 1);
    scene.receive({ type: "accepted", file: 1, transfer: 7, by: "Bob" });
    await scene.until(sent, 11);
    desk.show(offered(2, "b"));
    desk.take(`/accept ${folder}`);
    await scene.until(sent, 12);
    lines.length = 0;
    scene.end();
    await settle();
    await desk.close();
    assertEquals(lines, []);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
  }));

Deno.test("file commands: a file that cannot be saved there can be accepted again", () =>
  inFolder(async (folder) => {
    const scene = new Scene();
    const { desk, sent, lines } = scene;
    desk.show(offered(1, "a"));
    desk.take(`/accept ${folder}/none/a`);
    await scene.until(lines, 2);
    assertEquals(lines[1], "error: Cannot save a: there is no such folder.");
    assertEquals(sent, [], "the sender waits on");
    desk.take(`/accept ${folder}`);
    await scene.until(sent, 1);
    assertEquals(sent, [{ type: "accept", file: 1 }]);
    scene.receive({ type: "accepted", file: 1, transfer: 7, by: "Bob" });
    assertEquals(lines[2], "Receiving a (100 KB) from Alice.");
    desk.take("/cancel");
    await scene.until(lines, 4);
    assertEquals(lines[3], "You have stopped receiving a.");
    assertEquals(sent.at(-1), { type: "cancel", transfer: 7 });
    await settle();
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("file commands: open offers end with the connection", async () => {
  const { desk, sent, lines } = new Scene();
  desk.show(offered(1, "old"));
  desk.disconnected();
  assertEquals(lines[1], "old from Alice is not offered any more.");
  desk.show(offered(1, "new"));
  assertStringIncludes(lines[2]!, "/accept saves it in the current folder", "it is the only offer");
  desk.take("/refuse");
  desk.take("/refuse");
  assertEquals(lines.slice(3), [
    "You refused new from Alice.",
    "error: No file is offered to you.",
  ]);
  assertEquals(sent, [{ type: "refuse", file: 1 }]);
  await desk.close();
});

Deno.test("file commands: an offer that ends while its path is looked up is not accepted", () =>
  inFolder(async (folder) => {
    for (const isWithdrawn of [true, false]) {
      const scene = new Scene();
      const { desk, sent, lines } = scene;
      desk.show(offered(1, "a"));
      desk.take(`/accept ${folder}`);
      if (isWithdrawn) desk.show({ type: "withdrawn", file: 1, reason: "gone" });
      else desk.disconnected();
      await scene.until(lines, 2);
      assertEquals(lines[1], "error: a is not offered any more.");
      desk.take("/refuse");
      await desk.close();
      assertEquals(sent, []);
      assertEquals([...Deno.readDirSync(folder)], []);
    }
  }));

Deno.test("file commands: an accepted offer that ends is not offered again", () =>
  inFolder(async (folder) => {
    const withdrawn = { type: "withdrawn", file: 1, reason: "gone" } as const;
    const ends: Record<string, (scene: Scene) => void> = {
      "a is not offered any more.": (scene) => {
        scene.desk.show(withdrawn);
        scene.receive(withdrawn);
      },
      "You have stopped receiving a.": (scene) => void scene.desk.take("/cancel"),
    };
    for (const [line, end] of Object.entries(ends)) {
      const scene = new Scene();
      const { desk, sent, lines } = scene;
      const answer = Promise.withResolvers<void>();
      scene.acceptAnswer = answer.promise;
      desk.show(offered(1, "a"));
      desk.take(`/accept ${folder}`);
      await scene.until(sent, 1);
      end(scene);
      answer.resolve();
      await scene.until(lines, 2);
      assertStringIncludes(lines[1]!, line);
      desk.take("/refuse");
      assertEquals(lines[2], "error: No file is offered to you.");
      await desk.close();
      assertEquals([...Deno.readDirSync(folder)], []);
    }
  }));

Deno.test("file commands: an offer that cannot be saved keeps its place before later ones", () =>
  inFolder(async (folder) => {
    const scene = new Scene();
    const { desk, sent, lines } = scene;
    desk.show(offered(1, "a"));
    desk.take(`/accept ${folder}/none/a`);
    desk.show(offered(2, "b"));
    await scene.until(lines, 3);
    desk.take("/refuse");
    assertEquals(sent, [{ type: "refuse", file: 1 }]);
    await desk.close();
  }));

Deno.test("file commands: the end waits for an acceptance that has just begun", () =>
  inFolder(async (folder) => {
    const { desk, sent } = new Scene();
    desk.show(offered(1, "a"));
    desk.take(`/accept ${folder}`);
    await desk.close();
    assertEquals(sent, []);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("file commands: an unexpected error is printed", () =>
  inFolder(async (folder) => {
    const scene = new Scene();
    const { desk, lines } = scene;
    scene.acceptAnswer = Promise.reject(new TypeError("wrong"));
    scene.acceptAnswer.catch(() => {});
    desk.show(offered(1, "a"));
    desk.take(`/accept ${folder}`);
    await scene.until(lines, 2);
    assertEquals(lines[1], "error: TypeError: wrong");
    await desk.close();
  }));

Deno.test("receiveFile: an offer that ends while the file is created is not accepted", () =>
  inFolder(async (folder) => {
    const scene = new Scene();
    const receiving = receiveFile(scene, offered(1, "a"), folder);
    scene.end();
    await assertRejects(() => receiving, ConnectionError);
    const refused = receiveFile(scene, offered(1, "a"), `${folder}/none`);
    scene.receive({ type: "withdrawn", file: 1, reason: "gone" });
    const { code } = await assertRejects(() => refused, FileError) as FileError;
    assertEquals(code, "withdrawn");
    assertEquals(scene.sent, []);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("file commands: /cancel without a file, and a path that is missing", () => {
  const { desk, lines } = new Scene();
  desk.take("/cancel");
  desk.take("/send Bob");
  assertEquals(lines, [
    "error: No file is being sent or received.",
    "error: Missing argument. Usage: /send NAME|ROOM PATH",
  ]);
});

Deno.test("file commands: /send accepts the ways to write a name", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a");
    await Deno.writeTextFile(path, "a");
    const scene = new Scene();
    for (const typed of ["@Bob", "Bob:", "#tea"]) scene.desk.take(`/send ${typed} ${path}`);
    await scene.until(scene.sent, 3);
    const names = scene.sent.map((frame) => frame.type === "offer" ? frame.to : undefined);
    assertEquals(names.toSorted(), ["#tea", "Bob", "Bob"]);
    await scene.desk.close();
  }));

/** A server that keeps files, and answers every request with this. */
function storeThatAnswers(requests: string[], answer: string): FileStore {
  return {
    ...{ endpoint: { host: "h", port: 1 }, path: "/chat/", token: "secret", maxBytes: 100 },
    authorization: "Basic YTpi",
    open: (listener) => {
      queueMicrotask(() => listener.opened());
      const write = (bytes: string) => {
        requests.push(bytes);
        if (bytes !== "abc") return;
        listener.received(answer);
        queueMicrotask(() => listener.closed());
      };
      return { write, pause() {}, resume() {}, end() {}, destroy() {} };
    },
  };
}

Deno.test("file commands: a file for a room is posted where the server keeps files", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a b.txt");
    await Deno.writeTextFile(path, "abc");
    const requests: string[] = [];
    const scene = new Scene();
    scene.fileStore = storeThatAnswers(requests, "HTTP/1.1 201 Created\r\n\r\n{}");
    for (const [index, room] of ["tea", "#TEA"].entries()) {
      scene.desk.take(`/send ${room} ${path}`);
      await eventually(() => requests.length === 2 * (index + 1), "the file");
    }
    await scene.desk.close();
    const head = "PUT /chat/rooms/Tea/files/a%20b.txt HTTP/1.1\r\nHost: h:1\r\n" +
      "Authorization: Basic YTpi\r\nSession-Token: secret\r\nContent-Length: 3\r\nConnection: close\r\n\r\n";
    assertEquals([requests, scene.sent, scene.lines], [[head, "abc", head, "abc"], [], []]);
  });
});

Deno.test("file commands: a refused file is reported, and offered where none are kept any more", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "a.txt");
    await Deno.writeTextFile(path, "abc");
    const answer = (code: string) =>
      `HTTP/1.1 400 Bad\r\n\r\n{"code":"${code}","detail":"The\\u001b sentence."}`;
    const scene = new Scene();
    scene.fileStore = storeThatAnswers([], answer("muted"));
    scene.desk.take(`/send tea ${path}`);
    await scene.until(scene.lines, 1);
    assertEquals(scene.lines, ["error: The sentence."]);
    scene.fileStore = storeThatAnswers([], "HTTP/1.1 413 Too\x1b Large\r\n\r\n<html>");
    scene.desk.take(`/send tea ${path}`);
    await scene.until(scene.lines, 2);
    assertEquals(
      scene.lines[1],
      "error: Cannot join h:1: the web server answered 413 Too Large.",
    );
    scene.fileStore = storeThatAnswers([], answer("no_stored_files"));
    scene.desk.take(`/send tea ${path}`);
    await scene.until(scene.sent, 1);
    assertEquals(scene.sent, [{ type: "offer", to: "tea", name: "a.txt", size: 3 }]);
    // A user gets an offer in any case.
    scene.desk.take(`/send Bob ${path}`);
    await scene.until(scene.sent, 2);
    scene.end();
    await scene.desk.close();
  });
});
