import { type ProtocolError, protocolError } from "../../protocol/mod.ts";
import type { Member } from "../chat/member.ts";
import type { ScriptAccess } from "../chat/script_access.ts";
import { EventStream, type EventStreamContext } from "../session/event_stream.ts";
import type { ScriptRequest } from "./script_request.ts";
import { rawHead, type WebAnswer } from "./web_answer.ts";

/** Streams the messages of rooms: `GET /rooms/ROOM/events`. */
export class EventExchanges {
  constructor(
    private readonly scripts: ScriptAccess,
    private readonly context: EventStreamContext,
  ) {}

  /**
   * Starts the stream of an authorized script.
   *
   * @returns the error of a refused one; the whole answer of a HEAD request; or nothing.
   */
  follow(
    { request, exchange, room: name, query, credentials, headers }: ScriptRequest,
    member: Member,
  ): { error?: ProtocolError; value?: WebAnswer } {
    const { headers: { "last-event-id": last, accept } } = request;
    const { transport, ticket, peer } = exchange;
    const given = last === undefined || last === "" ? query.get("since") : String(last);
    if (given !== null && !/^\d{1,15}$/.test(given)) {
      const what = "`Last-Event-ID` and `since` must be the number of a message, or 0";
      return { error: protocolError("invalid_frame", what) };
    }
    const kind = /\bapplication\/(x-)?ndjson\b/i.test(accept ?? "") ? "ndjson" : "sse";
    const format = this.context.chat.eventFormats[kind];
    const answer = answerOf(format.type, headers);
    if (request.method === "HEAD") {
      const { error } = this.scripts.findRoom(name);
      return error === undefined ? { value: answer } : { error };
    }
    if (transport.socket.destroyed) return {};
    const { value: room, error } = this.scripts.open(member, name);
    if (error !== undefined) return { error };
    const after = given === null ? undefined : Number(given);
    const check = this.scripts.checkOf(credentials);
    const isAllowed = () => check() === undefined;
    const init = { room, format, after, peer, ticket, isAllowed };
    const stream = EventStream.open(transport, init, member.isOperator, this.context);
    if (stream.error !== undefined) return { error: stream.error };
    exchange.handOver(stream.value);
    stream.value.start(rawHead(answer).toString("latin1"));
    // The client has closed its side before the stream could receive that.
    if (transport.socket.readableEnded) stream.value.ended();
    return {};
  }
}

function answerOf(type: string, headers: Readonly<Record<string, string>>): WebAnswer {
  return {
    status: 200,
    type,
    body: "",
    isStream: true,
    headers: {
      ...headers,
      "Vary": "Accept, Authorization, Origin",
      // nginx would hold the messages back.
      "X-Accel-Buffering": "no",
    },
  };
}
