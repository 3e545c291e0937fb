import { assertEquals, assertStrictEquals } from "@std/assert";
import { StorageError, storageErrorCode } from "../../../server/storage/storage_error.ts";

Deno.test("storage error: each error of the system has its code", () => {
  const rows: [Record<string, unknown>, string][] = [
    [{ code: "ERR_SQLITE_ERROR", errcode: 13 }, "full"],
    [{ code: "ERR_SQLITE_ERROR", errcode: 5 }, "locked"],
    [{ code: "ERR_SQLITE_ERROR", errcode: 11 }, "corrupt"],
    [{ code: "ERR_SQLITE_ERROR", errcode: 267 }, "corrupt"], // SQLITE_CORRUPT_VTAB
    [{ code: "ERR_SQLITE_ERROR", errcode: 26 }, "corrupt"],
    [{ code: "ERR_SQLITE_ERROR", errcode: 1032 }, "read_only"], // SQLITE_READONLY_DBMOVED
    [{ code: "ERR_SQLITE_ERROR", errcode: 778 }, "io"], // SQLITE_IOERR_WRITE
    [{ code: "ERR_SQLITE_ERROR", errcode: 4874 }, "full"], // SQLITE_IOERR_SHMSIZE
    [{ code: "ERR_SQLITE_ERROR", message: "database or disk is full" }, "full"],
    [{ code: "ERR_SQLITE_ERROR", message: "unable to open database file: /x" }, "io"],
    [{ code: "ERR_SQLITE_ERROR" }, "io"],
    [{ code: "EACCES" }, "permission"],
    [{ code: "EPERM" }, "permission"],
    [{ code: "EROFS" }, "read_only"],
    [{ code: "ENOSPC" }, "full"],
    [{ code: "ENOTDIR" }, "not_a_directory"],
    [{ name: "NotCapable", message: 'Requires write access to "/data"' }, "not_permitted"],
    [{ name: "NotCapable", message: 'Requires all access to "/proc/x"' }, "unusable"],
    [{}, "io"],
  ];
  for (const [error, code] of rows) assertEquals(storageErrorCode(error), code);
  for (const thrown of [undefined, null, "text", 5]) assertEquals(storageErrorCode(thrown), "io");
});

Deno.test("storage error: the message is a reason and a remedy", () => {
  const cause = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
  const error = StorageError.of("open", "/data", cause);
  assertEquals(
    error.message,
    "Cannot open the data in /data: permission denied. Make the directory and the files in it " +
      "readable and writable for the user that runs hubbub.",
  );
  assertStrictEquals(error.cause, cause);
  assertStrictEquals(StorageError.of("write", "/data", error), error);
});

Deno.test("storage error: the message names a missing permission of the runtime", () => {
  const cause = new Deno.errors.NotCapable(
    'Requires sys access to "uid", run again with the --allow-sys flag',
  );
  assertEquals(
    StorageError.of("open", "/data", cause).message,
    'Cannot open the data in /data: the runtime does not permit it. Requires sys access to "uid", ' +
      "run again with the --allow-sys flag.",
  );
});
