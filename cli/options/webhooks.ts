/**
 * Parsers of the values of webhooks, as in `values.ts`.
 *
 * @module
 */

import { parseHookUrl } from "../../server/hooks/hook_url.ts";
import { InvalidArgumentError } from "./commander.ts";
import { roomName } from "./values.ts";

/** Reads a webhook: a room and its token, which is too long to be guessed. */
export function hook(value: string): { room: string; token: string } {
  const [, room, token = ""] = /^(.+)=([\w-]{16,128})$/.exec(value) ?? [];
  if (room !== undefined) return { room: roomName(room), token };
  throw new InvalidArgumentError(
    "expected ROOM=TOKEN, with a token of 16 to 128 letters, digits, - and _ such as openssl rand " +
      "-hex 16 prints.",
  );
}

/** Reads an outgoing webhook: a room and an address, which may contain a secret. */
export function hookOut(value: string): { room: string; url: string } {
  const [, room, address = ""] = /^([^=]+)=(.+)$/.exec(value) ?? [];
  const url = parseHookUrl(address);
  if (room !== undefined && url !== undefined) return { room: roomName(room), url: url.href };
  throw new InvalidArgumentError(
    "expected ROOM=URL, such as alerts=https://hooks.example.org/T0/B0, without a user name, with %2C " +
      "for a comma.",
  );
}

/** Reads the secret of signatures: `whsec_` and 24 to 64 bytes in base64, as Standard Webhooks demands. */
export function hookSecret(value: string): string {
  const [, base64 = ""] = /^whsec_([A-Za-z\d+/]{1,100})={0,2}$/.exec(value) ?? [];
  const bytes = Math.floor(base64.length * 3 / 4);
  if (bytes >= 24 && bytes <= 64) return value;
  throw new InvalidArgumentError(
    'expected whsec_ and 24 to 64 bytes in base64, as echo "whsec_$(openssl rand -base64 32)" prints.',
  );
}
