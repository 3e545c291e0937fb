/** The server to load, and the numbers of `hubbub bench`. */

import { assertEquals, assertThrows } from "@std/assert";
import { Command, InvalidArgumentError } from "../../cli/options/commander.ts";
import { targetText } from "../../bench/mod.ts";
import { count, messageRate, perSecond, ramp } from "../../cli/options/bench_values.ts";
import { CliError } from "../../cli/exit.ts";
import { withServerCommand } from "../../cli/bench_command.ts";
import { loadServer, loadTarget } from "../../cli/load_target.ts";
import { LOADED_SERVER_OPTIONS } from "../../cli/options/bench_shared.ts";
import { addOptions, settingsOf } from "../../cli/options/command_line.ts";

Deno.test("bench numbers: thousands and millions", () => {
  const number = count(1, 10_000_000);
  assertEquals(["1", "500", "1k", "1.5k", "0.5k", "2M", "1.001k"].map(number), [
    ...[1, 500, 1000, 1500, 500, 2_000_000, 1001],
  ]);
  for (const wrong of ["", "k", "1K", "1.5", "1.0001k", "0", "11M", "-1", "1k1", "1e3", " 1"]) {
    assertThrows(() => number(wrong), InvalidArgumentError, "whole number from 1 to 10000000");
  }
  assertEquals(["1k", "10k/s", "1.5/s"].map(messageRate), [1000, 10_000, 1.5]);
  assertEquals(["1k/s", "0.5"].map(perSecond(5000)), [1000, 0.5]);
  assertEquals(ramp("0:2k/s@3s"), { from: 0, to: 2000, seconds: 3 });
  assertThrows(() => ramp("0:2.k.k@3s"), InvalidArgumentError, "expected two rates");
  assertThrows(() => messageRate("1M"), InvalidArgumentError, "from 1 to 500000");
});

function targetOf(...words: readonly string[]) {
  const command = new Command("bench").argument("[first]").argument("[second]").exitOverride();
  addOptions(command, LOADED_SERVER_OPTIONS);
  command.parse(words, { from: "user" });
  const settings = settingsOf(command, LOADED_SERVER_OPTIONS);
  const target = loadTarget(settings, [command.args[0], command.args[1]]);
  return target === undefined ? undefined : targetText(target);
}

Deno.test("bench targets: every form of an address, with TLS and without", () => {
  assertEquals(targetOf(), undefined);
  for (
    const [words, target] of [
      ["127.0.0.1:9000", "127.0.0.1:9000"],
      ["http://chat.example.org:81/", "chat.example.org:81"],
      ["::1 9000", "[::1]:9000"],
      ["--host ::1 --port 9000", "[::1]:9000"],
      ["wss://[::1]:9000/", "tls://[::1]:9000"],
      ["https://localhost", "tls://localhost:443"],
      ["localhost:9000 --tls", "tls://localhost:9000"],
      ["unix:/run/chat.sock", "unix:/run/chat.sock"],
      ["unix:./a:b", "unix:./a:b"],
    ]
  ) assertEquals(targetOf(...words!.split(" ")), target);
  assertEquals(targetText(loadServer("tls://127.0.0.1:9")), "tls://127.0.0.1:9");
  assertEquals(targetText(loadServer("unix:/s")), "unix:/s");
  for (
    const [words, sentence] of [
      ["--tls", "without a server"],
      ["--tls http://127.0.0.1:9/", "give https://"],
      ["--tls unix:/s", "with a Unix socket"],
    ]
  ) assertThrows(() => targetOf(...words!.split(" ")), CliError, sentence);
  for (const wrong of [["unix:"], [`unix:/${"x".repeat(107)}`], ["unix:/s", "80"]]) {
    assertThrows(() => targetOf(...wrong), InvalidArgumentError, "path of a Unix socket");
  }
});

Deno.test("bench -- COMMAND: the words behind -- are the command, of bench alone", () => {
  assertEquals(withServerCommand(["bench", "echo", "-c", "2", "--", "serve", "-p", "--", "9"]), [
    ...["bench", "echo", "-c", "2", "--server-command", '["serve","-p","--","9"]'],
  ]);
  assertEquals(withServerCommand(["bench", "echo"]), ["bench", "echo"]);
  assertEquals(withServerCommand(["send", "a", "--", "-x"]), ["send", "a", "--", "-x"]);
});
