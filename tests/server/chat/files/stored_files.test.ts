import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { StoredFiles } from "../../../../server/chat/files/stored_files.ts";
import { FileIndex, type IndexRow } from "../../../../server/storage/file_index.ts";
import { inDirectory } from "../../storage/samples.ts";
import { Chat } from "../../chat.ts";
import { Member } from "../../../../server/chat/member.ts";
import { initOf } from "../../stage.ts";

/** The files of a chat with Ann in the lobby, in a folder. */
function filesIn(data: string) {
  const chat = new Chat();
  const ann = chat.join("Ann");
  const { hub, resumption, moderation, log, metrics } = chat.server;
  const member = hub.members.find("ann")!;
  const files = new FileIndex(new Map<string, IndexRow>());
  const store = { files, commit: () => chat.store.commit() };
  const stored = new StoredFiles(
    {
      ...{ hub, moderation, store, clock: chat.clock, log, metrics },
      resumption: {
        memberOf: (token) => token === "token" ? member : resumption.memberOf(token),
      },
    },
    {
      ...{ data, storeFilesBytes: 1_000_000, maxFileBytes: 1_000_000, sync: "full" },
      rate: { perSecond: 1, burst: 1 },
    },
  );
  const request = { sender: "token", room: "lobby", name: "a", size: 3, address: "192.0.2.1" };
  return { chat, ann, hub, member, stored, files, request };
}

Deno.test("stored files: an address posts 60 at once, then one every two seconds", async () => {
  await inDirectory(async (data) => {
    const { chat, stored, request } = filesIn(data);
    const begin = async (address = request.address) => {
      const { value: upload, error } = stored.begin({ ...request, address });
      await upload?.discard();
      return error?.code;
    };
    for (let count = 0; count < 60; count++) assertEquals(await begin(), undefined);
    assertEquals(await begin(), "too_many_uploads");
    assertEquals(stored.begin(request).error?.seconds, 2);
    assertEquals(await begin("192.0.2.2"), undefined);
    chat.clock.advance(2000);
    assertEquals(await begin(), undefined);
    assertEquals(await begin(), "too_many_uploads");
  });
});

Deno.test("stored files: a sender who leaves or is muted meanwhile posts nothing", async () => {
  await inDirectory(async (data) => {
    const { chat, hub, member, stored, files, request } = filesIn(data);
    const post = async (meanwhile: () => void) => {
      const { value: upload } = stored.begin(request);
      await upload!.write(Buffer.from("abc"));
      meanwhile();
      const { error } = await upload!.finish("http://x");
      return error?.code;
    };
    const { moderation } = chat.server;
    const mute = () => void moderation.mute(member, member);
    assertEquals(await post(mute), "muted");
    assert(moderation.unmute(member.key, member));
    assertEquals(await post(() => {}), undefined);
    assertEquals(files.size, 1);
    assertEquals(await post(() => hub.unregister(member)), "no_session");
    assertEquals([files.size, [...files.removed]], [1, []]);
    await stored.idle();
  });
});

Deno.test("stored files: a script that is banned meanwhile posts nothing", async () => {
  await inDirectory(async (data) => {
    const { chat, member, stored, files, request } = filesIn(data);
    const cron = new Member(initOf("cron"));
    const { value: upload } = stored.begin({ ...request, sender: cron });
    await upload!.write(Buffer.from("abc"));
    assert(chat.server.moderation.ban(member, "cron").value);
    assertEquals((await upload!.finish("http://x")).error?.code, "banned");
    assertEquals(files.size, 0);
    await stored.idle();
  });
});

Deno.test("stored files: a file of the maximum size fits into the space", async () => {
  await inDirectory(async (data) => {
    const { stored, files, request } = filesIn(data);
    const size = stored.maxBytes!;
    const { value: upload } = stored.begin({ ...request, size });
    await upload!.write(Buffer.alloc(size));
    assert((await upload!.finish("http://x")).value);
    assertEquals(files.size, 1);
    assertEquals(stored.begin({ ...request, size: size + 1 }).error?.code, "file_too_large");
  });
});
