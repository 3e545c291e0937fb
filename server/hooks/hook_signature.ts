import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";

/** How a secret begins, before its bytes in base64. */
const PREFIX = "whsec_";

/**
 * The headers of a webhook by Standard Webhooks 1.0 (https://www.standardwebhooks.com): HMAC-SHA-256 of
 * number, time and body.
 *
 * @param secret as `whsec_` and base64; `null` for no signature.
 * @param time of the attempt, in Unix milliseconds.
 */
export function hookHeaders(
  secret: string | null,
  id: string,
  time: number,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(time / 1000));
  const headers = { "Webhook-Id": id, "Webhook-Timestamp": timestamp };
  if (secret === null) return headers;
  const key = Buffer.from(secret.slice(PREFIX.length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { ...headers, "Webhook-Signature": `v1,${signature}` };
}
