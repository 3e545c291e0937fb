/** The functions through which a chat message passes from one transport to another, as
 * `docs/ARCHITECTURE.md` counts them in "The way of one message". */

import { assert, assertEquals } from "@std/assert";
import { LineDecoder } from "../../protocol/mod.ts";
import { Chat } from "./chat.ts";

/** The product's functions in the order in which they are called: up to the decoder, from the scheduler to
 * the encoder, and from the flush to the transport. */
const PATH = [
  "server/network/transport.ts #onData",
  "server/session/connection.ts received",
  "protocol/line_decoder.ts push",
  "server/scheduling/scheduler.ts #run",
  "server/scheduling/scheduler.ts #serveBusy",
  "server/session/input_task.ts work",
  "server/session/session.ts handle",
  "server/chat/handlers.ts handleFrame",
  "server/chat/handlers/messages.ts run",
  "server/chat/hub.ts sendMessage",
  "server/chat/hub.ts #deliver",
  "server/fanout/fanout.ts broadcast",
  "server/chat/chat.ts flush",
  "server/fanout/fanout.ts flush",
  "server/fanout/batch_writes.ts writeBatch",
  "server/fanout/outbox.ts write",
  "server/network/transport.ts write",
];

/** The product's functions on the stack, the outermost first. */
function callers(): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = "" } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  const frame =
    /at (?:async )?([\w.#<>]+) \(file:\/\/\S*?\/((?:server|protocol)\/\S+?\.ts):\d+:\d+\)/;
  return stack.split("\n").flatMap((line) => {
    const [, name, path] = frame.exec(line) ?? [];
    const isTest = line.includes("/tests/");
    return name === undefined || isTest ? [] : [`${path} ${name.split(".").at(-1)}`];
  }).reverse();
}

/** Calls a function before each call of a method. */
function intercept<Target extends object>(
  target: Target,
  method: keyof Target & string,
  before: () => void,
): Disposable {
  const original = target[method] as (...parameters: unknown[]) => unknown;
  Reflect.set(target, method, function (this: unknown, ...parameters: unknown[]) {
    before();
    return Reflect.apply(original, this, parameters);
  });
  return { [Symbol.dispose]: () => void Reflect.set(target, method, original) };
}

Deno.test("message path: a message passes the functions that are documented, and no others", async () => {
  const chat = new Chat();
  const alice = chat.join("Alice");
  const bob = chat.join("Bob");
  const path = new Set<string>(["server/network/transport.ts #onData"]);
  const add = (last?: string) => {
    for (const caller of callers()) path.add(caller);
    if (last !== undefined) path.add(last);
  };
  {
    using _decoder = intercept(
      LineDecoder.prototype,
      "push",
      () => add("protocol/line_decoder.ts push"),
    );
    using _encoder = intercept(chat.formats.json, "encode", add);
    using _transport = intercept(
      bob.transport,
      "write",
      () => add("server/network/transport.ts write"),
    );
    alice.say({ type: "message", text: "hi" });
  }
  assertEquals(bob.frames().map(({ type }) => type), ["message"]);
  assertEquals([...path], PATH);
  const files = new Set(PATH.map((call) => call.split(" ")[0]));
  const document = await Deno.readTextFile(new URL("../../docs/ARCHITECTURE.md", import.meta.url));
  const count = `${PATH.length} calls in ${files.size} files`;
  assert(document.replaceAll("\n", " ").includes(count), `docs/ARCHITECTURE.md has no "${count}"`);
});
