import { WEBSOCKET_PROTOCOL } from "../protocol/frames.ts";
import type { MessageSocket, MessageSocketListener } from "../client/core/message_channel.ts";
import type { Post, PostedFile, PostListener } from "./files/post_queue.ts";

/**
 * Opens a WebSocket to the server of the page, below the same path: a proxy may have put the page
 * anywhere. The subprotocol requests an introduction; a browser closes a WebSocket whose server does not
 * confirm it.
 */
export function openWebSocket(listener: MessageSocketListener): MessageSocket {
  const url = new URL("ws", location.href.replace(/^http/, "ws"));
  const socket = new WebSocket(url, WEBSOCKET_PROTOCOL);
  socket.addEventListener("open", () => listener.opened());
  socket.addEventListener("message", ({ data }) => {
    if (typeof data === "string") listener.received(data);
  });
  socket.addEventListener("close", () => listener.closed());
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
}

/** Sends a file to the server of the page, which keeps it for a room. `fetch` reports no progress. */
export function postFile({ room, token, source }: PostedFile, listener: PostListener): Post {
  const request = new XMLHttpRequest();
  request.open("PUT", `rooms/${encodeURIComponent(room)}/files/${encodeURIComponent(source.name)}`);
  request.setRequestHeader("Session-Token", token);
  request.upload.addEventListener("progress", ({ loaded }) => listener.progressed(loaded));
  request.addEventListener("error", () => listener.failed("The connection broke."));
  request.addEventListener("load", () => {
    if (request.status === 201) return listener.done();
    const { detail, code } = problemOf(request.responseText);
    listener.failed(detail ?? `The server has answered with ${request.status}.`, code);
  });
  // A page only sends files of its user.
  request.send(source as unknown as Blob);
  return { stop: () => request.abort() };
}

/** The error of an answer, as JSON (RFC 9457); a proxy may send anything. */
function problemOf(text: string): { readonly detail?: string; readonly code?: string } {
  try {
    const { detail, code } = JSON.parse(text);
    return typeof detail === "string" ? { detail, code: String(code) } : {};
  } catch {
    return {};
  }
}

/** Time limit for the browser to fetch the saved content. */
const FETCH_MILLISECONDS = 60_000;

/** Saves a file as a download. The browser cleans its name. */
export function saveFile(name: string, content: Blob): void {
  const href = URL.createObjectURL(content);
  const link = document.createElement("a");
  Object.assign(link, { href, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(href), FETCH_MILLISECONDS);
}
