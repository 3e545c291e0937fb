import type { IntroductionFrame, ServerFrame } from "../../protocol/frames.ts";
import type { ConnectionErrorCode } from "./connection_errors.ts";
import type { PlainPeer } from "./unknown_peer.ts";

/** A transport of frames: lines over TCP or TLS (`line_channel.ts`), or a WebSocket (`web/`). */
export interface FrameChannel {
  /** Sends a frame as JSON. Not called before the server has introduced itself. */
  send(json: string): void;
  /** Stops reading: TCP then slows the server down. */
  pause(): void;
  resume(): void;
  /** Closes at once; the listener is not called any more. */
  close(): void;
}

export interface FrameChannelListener {
  /** The connection is established; the introduction of the server has not arrived yet. */
  opened(): void;
  /** Called for all input, before its frames: the peer is alive. */
  active(): void;
  /** hubbub has introduced itself. */
  introduced(frame: IntroductionFrame): void;
  /** A frame, checked and cleaned. Before the introduction only an `error` or `bye`. */
  received(frame: ServerFrame): void;
  /** All frames of a chunk of input were delivered. */
  caughtUp(): void;
  /** The peer is not hubbub, or violates the protocol. */
  failed(code: ConnectionErrorCode, detail?: string, plainPeer?: PlainPeer): void;
  /** The connection has ended, or was never established. Without an error the server closed it. */
  closed(error?: Error): void;
}

/**
 * Starts to connect. The listener is called later, never before this returns.
 *
 * @param isReconnecting whether the session is with hubbub: then other servers are refused.
 */
export type OpenFrameChannel = (
  listener: FrameChannelListener,
  isReconnecting: boolean,
) => FrameChannel;
