import type { ServerFrame } from "../../protocol/frames.ts";
import type { FrameChannelListener, OpenFrameChannel } from "./frame_channel.ts";
import { usableFrame } from "./frame_validation.ts";

/** The part of a WebSocket that a channel uses. */
export interface MessageSocket {
  send(text: string): void;
  /** Stops reading. Absent in a browser, which handles each message as it arrives. */
  pause?(): void;
  resume?(): void;
  close(): void;
}

export interface MessageSocketListener {
  opened(): void;
  received(text: string): void;
  /** Called once, also if the connection was never established. */
  closed(error?: Error): void;
}

/**
 * Frames as messages of a WebSocket, one each.
 *
 * Before the introduction of hubbub, anything but a refusal is a failure: another program may have the
 * port by now, and would get a password or a token. Later, invalid messages are skipped.
 */
export function messageChannel(
  open: (listener: MessageSocketListener) => MessageSocket,
): OpenFrameChannel {
  return (listener) => {
    let isIntroduced = false;
    let isClosed = false;
    const socket = open({
      opened: () => void (isClosed || listener.opened()),
      received(text) {
        if (isClosed) return;
        listener.active();
        const frame = frameOf(text);
        if (isIntroduced) { if (frame !== undefined) listener.received(frame); }
        else isIntroduced = introduce(frame, listener);
        if (!isClosed) listener.caughtUp();
      },
      closed: (error) => void (isClosed || listener.closed(error)),
    });
    return {
      send: (json) => socket.send(json),
      pause: () => socket.pause?.(),
      resume: () => socket.resume?.(),
      close() {
        isClosed = true;
        socket.close();
      },
    };
  };
}

/** @returns whether the server has introduced itself. */
function introduce(frame: ServerFrame | undefined, listener: FrameChannelListener): boolean {
  switch (frame?.type) {
    case "server":
      listener.introduced(frame);
      return true;
    case "error":
    case "bye":
      listener.received(frame);
      return false;
    default:
      listener.failed("not_hubbub", "its first message is no introduction");
      return false;
  }
}

function frameOf(text: string): ServerFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isFrame = typeof value === "object" && value !== null && "type" in value;
    return isFrame ? usableFrame(value as ServerFrame) : undefined;
  } catch {
    return undefined;
  }
}
