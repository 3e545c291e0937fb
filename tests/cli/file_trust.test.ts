import { assertEquals, assertThrows } from "@std/assert";
import { dirname, join } from "node:path";
import { CliError } from "../../cli/exit.ts";
import { refuseUntrusted, type User } from "../../cli/file_trust.ts";
import { withEmptyFolder } from "../../tools/repository.ts";

const isWindows = Deno.build.os === "windows";

/** A file below a home folder, all of them with modes that are safe. */
const withFile = (use: (file: string, user: User) => void | Promise<void>): Promise<void> =>
  withEmptyFolder(async (home) => {
    home = await Deno.realPath(home);
    const folder = join(home, ".config/hubbub");
    await Deno.mkdir(folder, { recursive: true, mode: 0o755 });
    const file = join(folder, "client.json");
    await Deno.writeTextFile(file, "{}", { mode: 0o644 });
    await use(file, { uid: Deno.uid()!, home });
  });

const messageOf = (refuse: () => void) => (assertThrows(refuse, CliError) as CliError).message;

const refusal = (file: string, user: User) => messageOf(() => refuseUntrusted(file, user));

Deno.test({
  name: "trust: a file that only its user and root can change is accepted, a missing one too",
  ignore: isWindows,
  fn: () =>
    withFile(async (file, user) => {
      refuseUntrusted(file, user);
      refuseUntrusted(`${file}.missing`, user);
      // A group with the number of its owner is that of the owner alone.
      const { uid, gid } = await Deno.stat(file);
      await Deno.chmod(file, 0o664);
      if (uid === gid) refuseUntrusted(file, user);
      else assertThrows(() => refuseUntrusted(file, user), CliError);
    }),
});

Deno.test({
  name: "trust: a file or a folder above it that others can write is refused",
  ignore: isWindows,
  fn: () =>
    withFile(async (file, user) => {
      const folder = dirname(file);
      for (
        const [path, mode, shown] of [
          [file, 0o646, "it"],
          [folder, 0o757, folder],
          [dirname(folder), 0o757, dirname(folder)],
          [user.home, 0o707, user.home],
        ] as const
      ) {
        const before = (await Deno.stat(path)).mode! & 0o7777;
        await Deno.chmod(path, mode);
        assertEquals(
          refusal(file, user),
          `Cannot use ${file}: other users can change ${shown}. Run: chmod go-w ${path}`,
        );
        await Deno.chmod(path, before);
      }
      refuseUntrusted(file, user);
      // Others can add files to such a folder, but not replace this one.
      await Deno.chmod(folder, 0o1777);
      refuseUntrusted(file, user);
      // Above the home folder the system decides.
      await Deno.chmod(user.home, 0o757);
      refuseUntrusted(file, { ...user, home: dirname(file) });
    }),
});

Deno.test({
  name: "trust: a file of another user is refused, also behind a link",
  ignore: isWindows,
  fn: () =>
    withFile(async (file, user) => {
      const isRoot = user.uid === 0;
      const other = { ...user, uid: user.uid + 1 };
      // Files of root are trusted: root has to give one away.
      if (isRoot) await Deno.chown(file, 1, 1);
      assertEquals(
        refusal(file, other.uid === 1 ? { ...user, uid: 2 } : other),
        `Cannot use ${file}: it belongs to another user. Remove it, or make it yours: ` +
          `chown ${isRoot ? 2 : other.uid} ${file}`,
      );
      if (!isRoot) return;
      const link = join(dirname(file), "link");
      await Deno.symlink(file, link);
      assertEquals(
        refusal(link, { ...user, uid: 2 }),
        `Cannot use ${link}: it belongs to another user. Remove it, or make it yours: ` +
          `chown 2 ${link}`,
      );
    }),
});

Deno.test({
  name: "trust: the target of a link is checked with the folders above it",
  ignore: isWindows,
  fn: () =>
    withFile(async (file, user) => {
      const shared = join(user.home, "shared");
      await Deno.mkdir(shared);
      await Deno.chmod(shared, 0o777);
      await Deno.rename(file, join(shared, "x.json"));
      await Deno.symlink(join(shared, "x.json"), file);
      assertEquals(
        refusal(file, user),
        `Cannot use ${file}: other users can change ${shared}. Run: chmod go-w ${shared}`,
      );
    }),
});

Deno.test({
  name: "trust: folders above a home folder that is a link are not checked",
  ignore: isWindows,
  fn: () =>
    withFile(async (file, { uid, home }) => {
      const disk = join(home, "disk");
      await Deno.mkdir(join(disk, "ann"), { recursive: true });
      await Deno.rename(file, join(disk, "ann", "client.json"));
      await Deno.symlink(join(disk, "ann"), join(home, "ann"));
      await Deno.chmod(disk, 0o777);
      refuseUntrusted(join(home, "ann", "client.json"), { uid, home: join(home, "ann") });
    }),
});

Deno.test({
  name: "trust: the command of a refusal can be typed, whatever the path is",
  ignore: isWindows,
  fn: () =>
    withFile(async (file, user) => {
      const folder = join(dirname(file), "Ann's Application Support");
      await Deno.mkdir(folder);
      const path = join(folder, "client.json");
      await Deno.rename(file, path);
      await Deno.chmod(path, 0o666);
      const [, command = ""] = / Run: (.*)$/.exec(refusal(path, user)) ?? [];
      const { success } = await new Deno.Command("sh", { args: ["-c", command] }).output();
      assertEquals(success, true, command);
      refuseUntrusted(path, user);
    }),
});
