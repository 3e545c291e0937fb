/**
 * Two clients in a process of their own: one sends the other a file for each line of standard input.
 * Prints the SHA-256 of the received file and the duration, a line each.
 *
 *     file_pair.ts PORT PATH FOLDER
 */

import { createHash } from "node:crypto";
import { ChatClient, receiveFile, sendFile } from "../../client/mod.ts";

const [port = "", path = "", folder = ""] = Deno.args;
const [sender, receiver] = await Promise.all(
  ["Sender", "Receiver"].map((name) =>
    ChatClient.connect({ port: Number(port), name, room: "files" })
  ),
) as [ChatClient, ChatClient];
console.log("ready");
const frames = receiver.events()[Symbol.asyncIterator]();
for await (const _line of Deno.stdin.readable) {
  const start = performance.now();
  const sent = sendFile(sender, "Receiver", path);
  let frame = (await frames.next()).value;
  while (frame !== undefined && frame.type !== "offered") frame = (await frames.next()).value;
  if (frame === undefined) throw new Error("Cannot receive the file: the connection has ended");
  const { path: arrived } = await receiveFile(receiver, frame, folder);
  const milliseconds = Math.round(performance.now() - start);
  await sent;
  const hash = createHash("sha256");
  using file = await Deno.open(arrived);
  for await (const chunk of file.readable) hash.update(chunk);
  await Deno.remove(arrived);
  console.log(`arrived ${hash.digest("hex")} ${milliseconds} ms`);
}
await Promise.all([sender.quit(), receiver.quit()]);
