import type { Channel, ChannelListener } from "./model/server_link.ts";

/** Opens a WebSocket to the server that the page came from, below the same path: a proxy may have put
 * the page anywhere. */
export function openWebSocket(listener: ChannelListener): Channel {
  const socket = new WebSocket(new URL("ws", location.href.replace(/^http/, "ws")));
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
