import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { fromByteString, isBase64, type ProtocolError, protocolError } from "../../protocol/mod.ts";
import { SCRIPT_NAME, type ScriptCredentials } from "../chat/script_access.ts";
import type { HttpExchange } from "./http_exchange.ts";

/** Maximum length of the name and the password of Basic authentication, in characters of base64. */
const MAX_BASIC_LENGTH = 2048;

/** The error for credentials that {@link credentialsOf} cannot read. */
export const UNKNOWN_AUTHORIZATION: ProtocolError = {
  ...protocolError("wrong_password"),
  text:
    "The header Authorization is not valid. Send Basic with NAME:PASSWORD in base64, or Bearer with a token.",
};

/** The error for the name of a room or a file whose `%` cannot be decoded. */
export function undecodable(code: "file_name_invalid" | "room_invalid"): ProtocolError {
  const text = "The name in the address is not UTF-8 encoded with %. Write a % of the name as %25.";
  return { code, text };
}

/** A request of a script about a room. */
export interface ScriptRequest {
  readonly request: IncomingMessage;
  readonly exchange: HttpExchange;
  readonly room: string;
  readonly query: URLSearchParams;
  readonly credentials: ScriptCredentials;
  /** Headers of each answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The credentials in the headers; `undefined` for a scheme other than Basic and Bearer, and for Basic ones
 * that are malformed or lack a name that is needed.
 *
 * @param needsName whether a script that gives no name gets {@link SCRIPT_NAME}.
 */
export function credentialsOf(
  { authorization, "server-password": given }: IncomingHttpHeaders,
  address: string,
  needsName: boolean,
): ScriptCredentials | undefined {
  const serverPassword = given === undefined ? undefined : String(given);
  const common = { serverPassword, address };
  if (authorization === undefined) {
    return { ...common, name: needsName ? SCRIPT_NAME : "", password: undefined };
  }
  const [, token] = /^Bearer(?: +(.*))?$/i.exec(authorization) ?? ["", null];
  if (token !== null) return { ...common, name: "", password: undefined, token: token ?? "" };
  const [, base64 = ""] = /^Basic +(\S+)$/i.exec(authorization) ?? [];
  if (base64.length > MAX_BASIC_LENGTH || !isBase64(base64)) return undefined;
  const [, name, password] = /^([^:]*):(.*)$/s.exec(fromByteString(atob(base64)) ?? "") ?? [];
  if (name === undefined || (needsName && name === "")) return undefined;
  return { ...common, name, password: password === "" ? undefined : password };
}
