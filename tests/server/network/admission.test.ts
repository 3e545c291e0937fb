import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import {
  Admission,
  type AdmissionLimits,
  type AdmissionTicket,
} from "../../../server/network/admission.ts";
import { addressKey } from "../../../server/addresses/network_address.ts";

const PROXY = "203.0.113.1";

/** An admission, with its refused and closed connections. */
function admissionOf(limits: Partial<AdmissionLimits>) {
  const refused: string[] = [];
  const closed: AdmissionTicket[] = [];
  const admission = new Admission(
    { maxClients: 100, maxPending: 100, maxPerAddress: 0, maxRefused: 2, ...limits },
    { add: (reason, address) => refused.push(`${reason} ${address}`) },
    (address) => address === PROXY,
  );
  const accept = (address: string): AdmissionTicket => {
    const ticket = admission.accept(address, () => closed.push(ticket));
    return ticket;
  };
  return { admission, accept, refused, closed };
}

Deno.test("admission: only members take places, from their name to their end", () => {
  const { admission, accept, refused } = admissionOf({ maxClients: 2 });
  const [ann, ben, cy] = ["192.0.2.1", "192.0.2.1", "192.0.2.2"].map(accept);
  assertEquals([ann, ben, cy].map((ticket) => ticket!.checkPlace()), Array(3).fill(undefined));
  assertEquals([ann!.join(), ben!.join()], [undefined, undefined]);
  assertEquals([admission.joined, admission.pending], [2, 1]);
  const full = { code: "server_full", text: "Server is full (2 of 2). Try again later." } as const;
  assertEquals([cy!.checkPlace(), cy!.join()], [full, full]);
  assertEquals(ann!.checkPlace(), undefined, "it has a place");
  ann!.release();
  assertEquals(cy!.join(), undefined);
  assertEquals([admission.joined, admission.pending], [2, 0]);
  assertEquals(refused, ["server_full 192.0.2.2"], "once a connection");
});

Deno.test("admission: joining twice takes one place", () => {
  const { admission, accept } = admissionOf({});
  const ticket = accept("192.0.2.1");
  ticket.join();
  ticket.join();
  assertEquals(admission.joined, 1);
  ticket.release();
  ticket.release();
  assertEquals([admission.joined, admission.pending], [0, 0]);
});

Deno.test("admission: a closed connection joins without a place, unless the server is full", () => {
  const { admission, accept } = admissionOf({ maxClients: 1 });
  const gone = accept("192.0.2.1");
  gone.release();
  assertEquals(gone.join(), undefined);
  assertEquals(admission.joined, 0);
  accept("192.0.2.1").join();
  assertEquals(gone.join()?.code, "server_full");
});

Deno.test("admission: a full pool closes the oldest connection of the address with the most", () => {
  const { admission, accept, closed, refused } = admissionOf({ maxPending: 4 });
  const honest = accept("192.0.2.7");
  const flood = Array.from({ length: 100 }, () => accept("198.51.100.1"));
  assertEquals(closed, flood.slice(0, 97), "the honest client stays");
  const other = accept("192.0.2.8");
  assertEquals(closed.at(-1), flood[97]);
  assertEquals([honest.join(), other.join()], [undefined, undefined]);
  assertEquals([admission.pending, admission.joined], [2, 2]);
  assertEquals(refused, Array(98).fill("pending_full 198.51.100.1"));
});

Deno.test("admission: the addresses of one IPv6 network count as one address", () => {
  const { accept, closed } = admissionOf({ maxPending: 3, maxPerAddress: 5 });
  const honest = accept("2001:db8:0:1::1");
  for (let host = 1; host <= 5; host++) accept(`2001:db8::${host}`);
  assertEquals(closed.map(({ address }) => address), ["2001:db8::1", "2001:db8::2", "2001:db8::3"]);
  for (let host = 6; host <= 8; host++) {
    assertEquals(accept(`2001:db8::${host}`).refusal, undefined);
  }
  for (const ticket of closed) ticket.join();
  assertEquals(honest.join(), undefined);
  for (const host of [1, 2, 3, 4, 5]) {
    const ticket = accept(`2001:db8:0:2:${host}::`);
    assertEquals([ticket.refusal, ticket.join()], [undefined, undefined]);
  }
  assertEquals(accept("2001:db8:0:2:6::").refusal?.code, "too_many_from_address");
});

Deno.test("admission: pending and joined connections count for their address", () => {
  const { accept, refused } = admissionOf({ maxPerAddress: 2 });
  const joined = accept("192.0.2.1");
  joined.join();
  const pending = accept("::ffff:192.0.2.1");
  const third = accept("192.0.2.1");
  assertEquals([joined, pending].map(({ refusal }) => refusal), [undefined, undefined]);
  assertEquals(third.refusal?.code, "too_many_from_address");
  assertEquals(third.checkPlace(), third.refusal);
  assertEquals(third.join(), third.refusal);
  assertEquals(accept("192.0.2.2").refusal, undefined);
  third.release();
  assert(accept("192.0.2.1").refusal, "a refused connection releases no place");
  pending.release();
  assertEquals(accept("192.0.2.1").refusal, undefined);
  assertEquals(refused, Array(2).fill("too_many_from_address 192.0.2.1"));
});

Deno.test("admission: connections over the limit of their address hold few sockets, and no places", () => {
  const { admission, accept, closed } = admissionOf({ maxPerAddress: 1, maxRefused: 2 });
  accept("192.0.2.1");
  const over = Array.from({ length: 50 }, () => accept("192.0.2.1"));
  assertEquals(closed, over.slice(0, 48));
  assertEquals([admission.pending, admission.refused], [1, 2]);
  for (const ticket of over) ticket.release();
  assertEquals(admission.refused, 0);
});

Deno.test("admission: a refusal is counted once, by its first reason", () => {
  const { accept, refused } = admissionOf({});
  const ticket = accept("192.0.2.1");
  ticket.refuse("http");
  ticket.refuse("tls_handshake");
  assertEquals(refused, ["http 192.0.2.1"]);
});

Deno.test("admission: a proxy has no limit, and is not closed for a full pool", () => {
  const { accept, closed } = admissionOf({ maxPerAddress: 1, maxPending: 4 });
  const proxied = [accept(PROXY), accept(PROXY)];
  assertEquals(proxied.map(({ refusal }) => refusal), [undefined, undefined]);
  proxied[0]!.moveTo("192.0.2.1");
  assertEquals(proxied[1]!.moveTo("192.0.2.2"), undefined);
  assertEquals(proxied.map(({ address }) => address), ["192.0.2.1", "192.0.2.2"]);
  assertEquals(closed, []);
  const third = accept(PROXY);
  assertEquals(third.moveTo("192.0.2.1")?.code, "too_many_from_address");
  assertEquals(third.join(), third.refusal);
});

Deno.test("admission: behind a proxy a full pool counts the client's address", () => {
  const { accept, closed } = admissionOf({ maxPending: 3 });
  const honest = accept(PROXY);
  honest.moveTo("192.0.2.1");
  for (let count = 0; count < 20; count++) accept(PROXY).moveTo("198.51.100.1");
  assert(!closed.includes(honest));
  assertEquals(closed.length, 18);
});

/** The possible events of a connection. */
const STEPS = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        accept: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", PROXY),
      }),
    },
    { weight: 2, arbitrary: fc.record({ join: fc.nat(30) }) },
    { weight: 2, arbitrary: fc.record({ release: fc.nat(30) }) },
    fc.record({ move: fc.nat(30), to: fc.constantFrom("192.0.2.1", "192.0.2.3", PROXY) }),
  ),
  { maxLength: 80 },
);

Deno.test("admission: in any order the limits hold, and all counters return to 0", () => {
  const limits = fc.record({
    maxClients: fc.integer({ min: 1, max: 4 }),
    maxPending: fc.integer({ min: 1, max: 4 }),
    maxPerAddress: fc.integer({ min: 0, max: 3 }),
    maxRefused: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(fc.property(limits, STEPS, (limits, steps) => {
    const { admission, accept, closed } = admissionOf(limits);
    const tickets: AdmissionTicket[] = [];
    /** The connections that are open: not released and not closed to make room. */
    const open = () =>
      tickets.filter((ticket) => !released.has(ticket) && !closed.includes(ticket));
    const released = new Set<AdmissionTicket>();
    const joined = new Set<AdmissionTicket>();
    for (const step of steps) {
      if ("accept" in step) {
        const ticket = accept(step.accept);
        tickets.push(ticket);
        assert(!closed.includes(ticket), "a new connection always finds room");
      } else if ("join" in step) {
        const ticket = tickets[step.join];
        if (ticket !== undefined && ticket.join() === undefined) joined.add(ticket);
      } else if ("move" in step) {
        // A header of a proxy comes before all frames.
        const ticket = tickets[step.move];
        if (ticket !== undefined && !joined.has(ticket)) ticket.moveTo(step.to);
      } else {
        const ticket = tickets[step.release];
        ticket?.release();
        if (ticket !== undefined) released.add(ticket);
      }
      const counted = open().filter(({ refusal }) => refusal === undefined);
      assertEquals(admission.joined, counted.filter((each) => joined.has(each)).length);
      assertEquals(admission.pending, counted.filter((each) => !joined.has(each)).length);
      assertEquals(admission.refused, open().length - counted.length);
      assertLessOrEqual(admission.joined, limits.maxClients);
      assertLessOrEqual(admission.pending, limits.maxPending);
      assertLessOrEqual(admission.refused, limits.maxRefused);
      if (limits.maxPerAddress === 0) continue;
      const perKey = Object.groupBy(
        counted.filter(({ address }) => address !== PROXY),
        ({ address }) => addressKey(address),
      );
      for (const each of Object.values(perKey)) {
        assertLessOrEqual(each!.length, limits.maxPerAddress);
      }
    }
    for (const ticket of tickets) ticket.release();
    assertEquals([admission.joined, admission.pending, admission.refused], [0, 0, 0]);
    for (let count = 0; count < Math.max(1, limits.maxPerAddress); count++) {
      assertEquals(accept("192.0.2.1").refusal, undefined, "every place was given back");
    }
  }));
});
