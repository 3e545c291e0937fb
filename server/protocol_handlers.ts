import { ircLine, protocolError } from "../protocol/mod.ts";
import { toBuffer } from "./byte_buffer.ts";
import type { ProtocolHandlers } from "./network/protocol_sniffer.ts";
import type { TransportContext } from "./network/transport.ts";
import type { SessionContext } from "./session/session_context.ts";
import { Session } from "./session/session.ts";
import { TLS_ONLY } from "./web/request_gate.ts";
import { rawAnswer, sentence } from "./web/web_answer.ts";
import { refuseHttp, type WebServer } from "./web/web_server.ts";

/**
 * The owners of connections whose protocol is known.
 *
 * @param web absent if browsers are not served.
 */
export function protocolHandlers(
  sessions: SessionContext,
  web: WebServer | undefined,
  context: TransportContext,
): ProtocolHandlers {
  return {
    chat(transport, ticket, protocol, chunks) {
      const session = new Session(transport, protocol, ticket, sessions);
      session.start();
      for (const chunk of chunks) session.connection.received(chunk);
      return session.connection;
    },
    http(transport, ticket, first) {
      if (web === undefined || ticket.refusal !== undefined) {
        return refuseHttp(transport, ticket, context);
      }
      web.take(transport, ticket, first);
    },
    tlsRequired(protocol) {
      if (protocol === "http") return rawAnswer(sentence(400, TLS_ONLY));
      const error = protocolError("tls_required");
      if (protocol === "irc") return toBuffer(ircLine("ERROR", error.text));
      const encoder = sessions.chat.encoders[protocol];
      return encoder.toBuffer(encoder.encode({ type: "error", ...error }));
    },
  };
}
