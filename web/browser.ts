import { WEBSOCKET_PROTOCOL } from "../protocol/frames.ts";
import type { MessageSocket, MessageSocketListener } from "./model/message_channel.ts";

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
