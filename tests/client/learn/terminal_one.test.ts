import { assertEquals, assertThrows } from "@std/assert";
import {
  localized,
  type OwnCommand,
  readTerminalOne,
  withPort,
} from "../../../client/learn/terminal_one.ts";

const PORTS = new Map([[8080, 8081], [8081, 40002], [9999, 40003]]);

Deno.test("terminal 1: servers, commands that end, and listeners are distinguished", () => {
  assertEquals(readTerminalOne("deno task hubbub echo --prefix 'Server received: '"), {
    type: "own",
    isServer: true,
    parameters: ["echo", "--prefix", "Server received: "],
  });
  assertEquals(readTerminalOne('deno task hubbub serve --data "$(mktemp -d)"'), {
    type: "own",
    isServer: true,
    parameters: ["serve", "--data", "$(mktemp -d)"],
  });
  assertEquals(readTerminalOne("deno task hubbub bench backlog -c 5"), {
    type: "own",
    isServer: false,
    parameters: ["bench", "backlog", "-c", "5"],
  });
  assertEquals(readTerminalOne("nc -u -l 127.0.0.1 8080"), {
    type: "listen",
    protocol: "udp",
    port: 8080,
  });
  assertEquals(readTerminalOne("nc -l 127.0.0.1 8080"), {
    type: "listen",
    protocol: "tcp",
    port: 8080,
  });
});

for (const command of ["rm -rf x", "deno task hubbub account list", "nc 127.0.0.1 8080", ""]) {
  Deno.test(`terminal 1: "${command}" is refused`, () => {
    assertThrows(() => readTerminalOne(command), SyntaxError, `cannot run "${command}"`);
  });
}

Deno.test("terminal 1: a server gets the port that replaces its own", () => {
  const own = (command: string) => readTerminalOne(`deno task hubbub ${command}`) as OwnCommand;
  assertEquals(withPort(own("echo --trace"), PORTS), ["echo", "--port", "8081", "--trace"]);
  assertEquals(withPort(own("serve --port 9999 --rate off"), PORTS), [
    ...["serve", "--port", "40003", "--rate", "off"],
  ]);
});

Deno.test("terminal 1: a text gets the ports and the program's name, each once", () => {
  const local = (text: string, ports = PORTS) => localized(text, ports, "hubbub");
  assertEquals(
    local("nc 127.0.0.1 8080; 8081 18080 80800"),
    "nc 127.0.0.1 8081; 40002 18080 80800",
  );
  assertEquals(local("deno task hubbub chat 127.0.0.1:8080"), "hubbub chat 127.0.0.1:8081");
  assertEquals(local("deno task hubbub echo"), "hubbub echo --port 8081");
  assertEquals(local("deno task hubbub echo --port 8081"), "hubbub echo --port 40002");
  assertEquals(local("deno task hubbub echo 192.0.2.1:8081"), "hubbub echo 192.0.2.1:40002");
  assertEquals(local("deno task hubbub echo", new Map([[8080, 8080]])), "hubbub echo");
});
