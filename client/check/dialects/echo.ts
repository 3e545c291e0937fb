import { excerpt } from "../check.ts";
import { Greeting } from "../greeting.ts";
import type { EchoDialect } from "./dialect.ts";

/**
 * An echo server, by what came back.
 *
 * @param prefix what stood before the line.
 * @param ending what stood after it, in place of its line feed.
 * @param greeting what came before anything was sent back; empty where that is nothing.
 */
export function echoDialect(
  prefix: string,
  ending: string,
  isOnce: boolean,
  greeting = "",
): EchoDialect {
  const isExact = prefix === "" && ending === "\n";
  return {
    kind: "echo",
    title: titleOf(prefix, ending, isOnce, greeting),
    greeting: greeting === "" ? undefined : new Greeting(greeting),
    prefix,
    isOnce,
    reply(message) {
      if (isExact) return message;
      return (message.match(/[^\n]*\n|[^\n]+$/g) ?? [])
        .map((line) => prefix + (line.endsWith("\n") ? line.slice(0, -1) + ending : line))
        .join("");
    },
  };
}

function titleOf(prefix: string, ending: string, isOnce: boolean, greeting: string): string {
  const traits = [
    greeting !== "" && `greets with ${excerpt(greeting)}`,
    prefix !== "" && `puts ${JSON.stringify(prefix)} before every line`,
    ending === "" && "leaves out line feeds",
    isOnce && "closes after one message",
  ].filter((trait) => trait !== false);
  return traits.length === 0 ? "an echo server" : `an echo server that ${traits.join(", and ")}`;
}
