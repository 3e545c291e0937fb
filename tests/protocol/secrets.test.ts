import { assert } from "@std/assert";
import { mayHoldPassword } from "../../protocol/secrets.ts";

Deno.test("secrets: lines that may hold a password", () => {
  for (
    const line of [
      "/register x",
      " /REGISTER x",
      "/nick Ann x",
      "/Name Ann x",
      "/registr x",
      "/identify x",
    ]
  ) {
    assert(mayHoldPassword(line), line);
  }
  for (
    const line of ["register x", "/register", "/nick Ann", "/w Ben x", "//registr x", "/dance", ""]
  ) assert(!mayHoldPassword(line), line);
});
