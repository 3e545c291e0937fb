import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ErrorCode, PROTOCOL_ERRORS, protocolError } from "../../protocol/errors.ts";
import { REQUEST_ERRORS } from "../../protocol/request_errors.ts";

/** One case of each error; the types make the list complete. */
const CASES: { readonly [Code in ErrorCode]: Parameters<(typeof PROTOCOL_ERRORS)[Code]> } = {
  already_registered: [],
  already_registered_name: [],
  banned: [" until 2026-01-31 12:00 UTC"],
  cannot_receive: ["Bob"],
  cannot_resume: [],
  file_hash_invalid: [],
  file_hash_wrong: [],
  file_incomplete: [],
  file_length_needed: [],
  file_name_invalid: [],
  file_too_large: ["25 MB"],
  file_too_slow: [],
  files_busy: [],
  frame_too_long: [],
  ignored: ["Bob"],
  in_lobby: [],
  in_room: ["tea"],
  internal_error: [],
  invalid_argument: ["/history [N]"],
  invalid_duration: [],
  invalid_frame: ["`name` must be a string"],
  invalid_json: [],
  invalid_token: [],
  invalid_utf8: [],
  line_too_long: [],
  missing_argument: ["/nick NAME"],
  missing_line_end: [],
  muted: [""],
  name_invalid: ["characters"],
  name_looks_like: ["a1ice", "Alice", "online"],
  name_protected: ["Bob"],
  name_reserved: ["Server"],
  name_taken: ["Bob"],
  nameless: [],
  no_accounts: [],
  no_files: [],
  no_session: [],
  no_stored_files: [],
  no_such_account: ["Bob"],
  no_such_ban: ["192.0.2.1"],
  no_such_file: [],
  no_such_room: ["tea"],
  no_such_user: ["Bob"],
  nobody_to_reply_to: [],
  not_ignored: ["Bob"],
  not_in_room: ["tea"],
  not_muted: ["Bob"],
  not_oneself: ["kick yourself"],
  not_operator: [],
  not_reading: ["Bob"],
  not_registered: [],
  operator_account: ["Op"],
  operator_name: [],
  password_needed: ["Bob"],
  password_unusable: [],
  registration_timeout: [60],
  room_full: ["tea", 20, 20],
  room_invalid: ["too long"],
  room_needed: [2],
  room_permanent: ["lobby"],
  search_busy: [],
  length_needed: [],
  method_not_allowed: ["POST"],
  origin_refused: [],
  too_many_requests: [3],
  search_empty: [],
  server_full: [1000, 1000],
  server_password_wrong: [],
  storage_failed: [],
  text_empty: [],
  text_too_long: [],
  tls_required: [],
  too_busy: [],
  too_many_accounts: [10_000],
  too_many_attempts: [20],
  too_many_bans: [10_000],
  too_many_mutes: [10_000],
  too_many_files: [],
  too_many_from_address: [3],
  too_many_ignored: [256],
  too_many_joined: [50],
  too_many_lines: [],
  too_many_new_rooms: [120],
  too_many_refusals: [],
  too_many_registrations: [720],
  too_many_rooms: [1000],
  too_many_uploads: [60],
  too_slow: [],
  unknown_command: ["/hlep", "Did you mean /help?"],
  unknown_type: ["dance"],
  wrong_password: [],
};

for (const code of Object.keys(CASES) as ErrorCode[]) {
  Deno.test(`errors: ${code} makes a sentence`, () => {
    const error = protocolError(code, ...CASES[code] as never);
    assertEquals(error.code, code);
    assertMatch(error.text, /^[A-Z0-9].*\.$|Usage: \/\S.*$/);
    assert(!/undefined|NaN|\[object|\n/.test(error.text), error.text);
  });
}

Deno.test("errors: codes are words in small letters, in the order of the alphabet", () => {
  const codes = Object.keys(PROTOCOL_ERRORS);
  const ofRequests = Object.keys(REQUEST_ERRORS);
  assertEquals(codes.slice(0, ofRequests.length), ofRequests.toSorted());
  const others = codes.slice(ofRequests.length);
  assertEquals(others, others.toSorted());
  for (const code of codes) assertMatch(code, /^[a-z0-9]+(_[a-z0-9]+)*$/);
});

Deno.test("errors: the details are in the sentence", () => {
  assertEquals(protocolError("name_taken", "Bob").text, 'The name "Bob" is taken. Choose another.');
  assertEquals(protocolError("no_such_user", "Carol").text, 'No user named "Carol" is online.');
  assertEquals(
    protocolError("no_such_user", "#tea").text,
    'No user named "#tea" is online. To write to a room, enter it with /join ROOM.',
  );
  assertEquals(
    protocolError("server_full", 999, 1000).text,
    "Server is full (999 of 1000). Try again later.",
  );
});

Deno.test("errors: every fault of a name has its own sentence", () => {
  const texts = (["empty", "too long", "characters", "marks", "scripts"] as const)
    .flatMap((
      fault,
    ) => [protocolError("name_invalid", fault), protocolError("room_invalid", fault)])
    .map(({ text }) => text);
  assertEquals(new Set(texts).size, 10);
});

Deno.test("errors: an unknown command without a similar one gets no suggestion", () => {
  assertEquals(
    protocolError("unknown_command", "/x", undefined).text,
    "There is no command /x. /help lists all commands.",
  );
});

Deno.test("errors: a count of one has its noun in the singular", () => {
  for (const code of Object.keys(CASES) as ErrorCode[]) {
    const details: readonly unknown[] = CASES[code];
    if (!details.some((detail) => typeof detail === "number")) continue;
    const ones = details.map((detail) => typeof detail === "number" ? 1 : detail);
    const { text } = protocolError(code, ...ones as never);
    assert(!/\b1 ([a-z]+ )?[a-z]+s\b/.test(text), text);
  }
});
