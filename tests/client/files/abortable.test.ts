import { assertEquals, assertRejects } from "@std/assert";
import { abortable } from "../../../client/files/abortable.ts";
import { settle } from "../fakes.ts";

/** A promise that is waited for, a signal, and what came of them. */
function waiting() {
  const work = Promise.withResolvers<string>();
  const controller = new AbortController();
  const released: string[] = [];
  const result = abortable(
    work.promise,
    controller.signal,
    () => new Error("It was stopped."),
    (value) => released.push(value),
  );
  return { work, controller, released, result };
}

Deno.test("abortable: returns the value, and releases nothing at a later abort", async () => {
  const { work, controller, released, result } = waiting();
  work.resolve("file");
  assertEquals(await result, "file");
  controller.abort();
  await settle();
  assertEquals(released, []);
});

Deno.test("abortable: rejects with the error of the promise", async () => {
  const { work, released, result } = waiting();
  work.reject(new Error("There is no such file."));
  await assertRejects(() => result, Error, "There is no such file.");
  assertEquals(released, []);
});

Deno.test("abortable: rejects at an abort, and releases a value that arrives later", async () => {
  const { work, controller, released, result } = waiting();
  controller.abort();
  await assertRejects(() => result, Error, "It was stopped.");
  assertEquals(released, []);
  work.resolve("file");
  await settle();
  assertEquals(released, ["file"]);
});

Deno.test("abortable: a failure after an abort is not reported", async () => {
  const { work, controller, released, result } = waiting();
  controller.abort();
  await assertRejects(() => result, Error, "It was stopped.");
  work.reject(new Error("There is no such file."));
  await settle();
  assertEquals(released, []);
});

Deno.test("abortable: waits without a signal", async () => {
  const value = Promise.resolve("file");
  assertEquals(await abortable(value, undefined, () => new Error(), () => {}), "file");
});
