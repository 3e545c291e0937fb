/**
 * Sending anything but an ordinary file is refused at once, before it is opened or offered.
 */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { join } from "node:path";
import { FileError, sendFile } from "../../../client/mod.ts";
import type { FileChat } from "../../../client/files/file_chat.ts";

const onWindows = Deno.build.os === "windows";

/** A chat that fails the test at any offer. */
const chat: FileChat = {
  post: () => {},
  offer: () => Promise.reject(new Error("It was offered.")),
  accept: () => Promise.resolve(),
  watch: () => () => {},
};

/** Paths that cannot be sent, with the reasons. */
const PATHS: readonly [kind: string, path: string, reason: RegExp][] = [
  ["a folder", "folder", /: it is a folder\./],
  ["a missing file", "none", /: there is no such file\./],
  ["a link to nothing", "dangling", /: there is no such file\./],
  ["a link to itself", "loop", /: its links lead back to themselves\./],
  ["a file as a folder", "file/x", /: a part of its path is no folder\./],
  ["a FIFO", "fifo", /: it is no ordinary file\./],
  ["a link to a FIFO", "link", /: it is no ordinary file\./],
  ["a socket", "socket", /: it is no ordinary file\./],
  ["an endless device", "/dev/zero", /: it is no ordinary file\./],
  ["an empty device", "/dev/null", /: it is no ordinary file\./],
  ["a terminal", "/dev/tty", /: it is no ordinary file\./],
  ["the disk of processes", "/proc", /: it is (no ordinary file|a folder)\./],
  ["a process's file", "/proc/self/status", /: it(s size is unknown| is no ordinary file)\./],
];

for (const [kind, path, reason] of PATHS) {
  Deno.test({
    name: `unsendable: ${kind} is refused at once`,
    ignore: onWindows || (path.startsWith("/proc") && Deno.build.os !== "linux"),
    fn: async () => {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.mkdir(join(folder, "folder"));
        await Deno.writeTextFile(join(folder, "file"), "");
        await Deno.symlink(join(folder, "none"), join(folder, "dangling"));
        await Deno.symlink(join(folder, "loop"), join(folder, "loop"));
        await new Deno.Command("mkfifo", { args: [join(folder, "fifo")] }).output();
        await Deno.symlink(join(folder, "fifo"), join(folder, "link"));
        using _socket = Deno.listen({ transport: "unix", path: join(folder, "socket") });
        const full = path.startsWith("/") ? path : join(folder, path);
        const error = await sendFile(chat, "Bob", full).catch((error) => error);
        assertInstanceOf(error, FileError);
        assertEquals(error.code, "unreadable");
        assert(reason.test(error.message), error.message);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test("unsendable: an empty file is an ordinary one", async () => {
  const path = await Deno.makeTempFile();
  try {
    await assertRejects(() => sendFile(chat, "Bob", path), Error, "It was offered.");
  } finally {
    await Deno.remove(path);
  }
});
