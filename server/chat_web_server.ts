import { ScriptAccess } from "./chat/script_access.ts";
import type { TransportContext } from "./network/transport.ts";
import type { ServerOptions } from "./options.ts";
import { Session } from "./session/session.ts";
import type { SessionContext } from "./session/session_context.ts";
import { EventExchanges } from "./web/event_exchanges.ts";
import { FileExchanges } from "./web/file_exchanges.ts";
import { HookExchanges, type HookServer } from "./web/hook_exchanges.ts";
import type { RequestGate } from "./web/request_gate.ts";
import { RoomExchanges } from "./web/room_exchanges.ts";
import type { Routes } from "./web/routes.ts";
import { WebServer } from "./web/web_server.ts";

/** The parts of a server that answer HTTP on the port of the chat. */
export interface ChatWebParts {
  readonly options: ServerOptions;
  readonly context: TransportContext;
  readonly sessions: SessionContext;
  readonly gate: RequestGate;
  readonly routes: Routes;
  readonly hookServer: HookServer;
  /** The address of this machine by which a client of another one has reached it last. */
  reachedAt(): string | undefined;
}

/** HTTP of a chat: pages, WebSockets, and the requests of scripts, webhooks and files. */
export function createChatWebServer(
  { options, context, sessions, gate, routes, hookServer, reachedAt }: ChatWebParts,
): WebServer {
  const { chat } = sessions;
  const scripts = new ScriptAccess(chat, options.rate);
  const events = new EventExchanges(scripts, sessions);
  return new WebServer(
    options,
    context,
    gate,
    routes,
    (transport, ticket) => new Session(transport, "websocket", ticket, sessions).start(),
    [
      new FileExchanges(chat.storedFiles, scripts, options, reachedAt, context),
      new RoomExchanges(scripts, events, options, context),
      new HookExchanges(scripts, options, context, hookServer),
    ],
  );
}
