import { LESSON_PORTS } from "../../client/learn/terminal_one.ts";

const byte = () => Math.floor(Math.random() * 256);

/**
 * Holds the ports of the lessons, so that `hubbub learn` takes other ones: programs of tests beside this
 * one would be in the way. Each test holds them at an address of its own, where the machine has several.
 */
export function holdLessonPorts(): Disposable {
  const hostname = `127.${1 + byte() % 254}.${byte()}.1`;
  const listeners = LESSON_PORTS.flatMap((port) => {
    try {
      return [Deno.listen({ hostname, port })];
    } catch {
      // A program that has it at all addresses does as well as long as it runs.
      return [];
    }
  });
  return { [Symbol.dispose]: () => listeners.forEach((listener) => listener.close()) };
}
