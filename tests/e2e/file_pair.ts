/**
 * Two people, in a process of their own, one of whom sends the other a file: so that their work is
 * not mistaken for the server's. Prints the SHA-256 of what has arrived and how long it took.
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
await Deno.stdin.read(new Uint8Array(1));
const start = performance.now();
const sent = sendFile(sender, "Receiver", path);
for await (const frame of receiver.events()) {
  if (frame.type !== "offered") continue;
  const { path: arrived } = await receiveFile(receiver, frame, folder);
  const milliseconds = Math.round(performance.now() - start);
  await sent;
  const hash = createHash("sha256");
  using file = await Deno.open(arrived);
  for await (const chunk of file.readable) hash.update(chunk);
  console.log(`arrived ${hash.digest("hex")} ${milliseconds} ms`);
  break;
}
await Promise.all([sender.quit(), receiver.quit()]);
