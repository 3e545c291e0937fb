import { fromBytes, type Trace, type TraceOptions } from "../../protocol/mod.ts";
import type { EchoConnection } from "./acceptor.ts";

/**
 * Traces the reads and writes of a connection, with a pause after each, and cuts writes into segments.
 *
 * @param trace receives the events; `undefined` for no trace.
 * @param pause resolves after a number of milliseconds.
 */
export function tracedConnection(
  connection: EchoConnection,
  trace: Trace | undefined,
  { delayMilliseconds, segmentBytes }: TraceOptions,
  pause: (milliseconds: number) => Promise<void>,
): EchoConnection {
  const rest = async () => {
    if (delayMilliseconds > 0) await pause(delayMilliseconds);
  };
  return {
    peer: connection.peer,
    async read(buffer) {
      const count = await connection.read(buffer);
      if (count === null) trace?.ended();
      else {
        trace?.read(fromBytes(buffer.subarray(0, count)));
        await rest();
      }
      return count;
    },
    async write(bytes) {
      const size = segmentBytes || bytes.length;
      for (let position = 0; position < bytes.length; position += size) {
        const segment = bytes.subarray(position, position + size);
        await connection.write(segment);
        trace?.wrote(fromBytes(segment));
        await rest();
      }
    },
    closeWrite: () => connection.closeWrite(),
    close: () => connection.close(),
  };
}
