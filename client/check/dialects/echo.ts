import type { EchoDialect } from "./dialect.ts";

/**
 * An echo server, by what came back.
 *
 * @param prefix what stood before the line.
 * @param ending what stood after it, in place of its line feed.
 */
export function echoDialect(prefix: string, ending: string, isOnce: boolean): EchoDialect {
  const isExact = prefix === "" && ending === "\n";
  return {
    kind: "echo",
    title: titleOf(prefix, ending, isOnce),
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

function titleOf(prefix: string, ending: string, isOnce: boolean): string {
  const traits = [
    prefix !== "" && `puts ${JSON.stringify(prefix)} before every line`,
    ending === "" && "leaves out line feeds",
    isOnce && "closes after one message",
  ].filter((trait) => trait !== false);
  return traits.length === 0 ? "an echo server" : `an echo server that ${traits.join(", and ")}`;
}
