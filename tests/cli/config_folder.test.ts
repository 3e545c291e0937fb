import { assertEquals } from "@std/assert";
import { configFolder } from "../../cli/config_folder.ts";

/** The folder on a platform with these variables. */
function folderOn(
  os: string,
  variables: Record<string, string>,
  home: string | null = "/home/ann",
) {
  return configFolder({ os, variable: (name) => variables[name], home: () => home });
}

Deno.test({
  name: "config folder: the path on each platform",
  // The paths are joined as this platform does.
  ignore: Deno.build.os === "windows",
  fn: () => {
    assertEquals(folderOn("linux", {}), "/home/ann/.config/hubbub");
    assertEquals(folderOn("freebsd", { APPDATA: "/x" }), "/home/ann/.config/hubbub");
    assertEquals(folderOn("darwin", {}), "/home/ann/Library/Application Support/hubbub");
    assertEquals(folderOn("windows", { APPDATA: "/roaming" }), "/roaming/hubbub");
    assertEquals(folderOn("windows", {}), "/home/ann/AppData/Roaming/hubbub");
    for (const os of ["linux", "darwin", "windows"]) {
      assertEquals(folderOn(os, { XDG_CONFIG_HOME: "/mine", APPDATA: "/x" }), "/mine/hubbub");
    }
  },
});

Deno.test("config folder: a relative XDG_CONFIG_HOME is ignored, and without a home there is no folder", () => {
  assertEquals(folderOn("linux", { XDG_CONFIG_HOME: "mine" }, null), undefined);
  assertEquals(folderOn("linux", { XDG_CONFIG_HOME: "" }, ""), undefined);
  assertEquals(folderOn("linux", {}, "home"), undefined);
  const forbidden = () => {
    throw new Deno.errors.NotCapable("Requires env access");
  };
  assertEquals(configFolder({ os: "linux", variable: forbidden, home: forbidden }), undefined);
});

Deno.test("config folder: one whose path is not UTF-8 is not used, and no other one in its place", () => {
  assertEquals(folderOn("linux", {}, "/home/Ren\uFFFD"), undefined);
  // What Node and Deno make of the variable.
  for (const folder of ["/home/Ren\uFFFD", "\uFFFD"]) {
    assertEquals(folderOn("linux", { XDG_CONFIG_HOME: folder }), undefined);
  }
});
