import { assertEquals } from "@std/assert";
import { hookHeaders } from "../../../server/hooks/hook_signature.ts";

const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const BODY = '{"test": 2432232314}';

Deno.test("a signature is that of the libraries of Standard Webhooks", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  assertEquals(hookHeaders(secret, ID, 1614265330999, BODY), {
    "Webhook-Id": ID,
    "Webhook-Timestamp": "1614265330",
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

Deno.test("without a secret there is no signature", () => {
  assertEquals(hookHeaders(null, ID, 1614265330000, BODY), {
    "Webhook-Id": ID,
    "Webhook-Timestamp": "1614265330",
  });
});
