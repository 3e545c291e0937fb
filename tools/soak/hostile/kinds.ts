import {
  HalfFrame,
  HalfHttp,
  HalfTls,
  HandShaker,
  PipelinedHttp,
  Resetter,
  SlowHeaders,
} from "./connections.ts";
import {
  Asker,
  Asking,
  Confirmer,
  Guesser,
  Ignorer,
  Joiner,
  Listening,
  NickChanger,
  Offered,
  Offerer,
  Refused,
  Registrar,
  Resumer,
  ResumingSilently,
  RoomMaker,
  Talker,
  TransferHolder,
  Whispered,
} from "./members.ts";
import {
  Fragmenter,
  Pinger,
  TelnetFlooder,
  TrifleFlooder,
  WebSocketFlooder,
  WorstFrames,
  WorstJson,
} from "./floods.ts";
import type { HostileClient, HostileContext } from "./hostile_client.ts";

export interface HostileKind {
  readonly name: string;
  /** Their share, relative to the other kinds. */
  readonly share: number;
  /** Whether each connects from an address of its own, or all from one. */
  readonly addresses: "own" | "one";
  /** Whether its clients never read. */
  readonly isNonReader?: true;
  readonly Client: new (context: HostileContext) => HostileClient;
}

export const HOSTILE_KINDS: readonly HostileKind[] = [
  { name: "listening", share: 40, addresses: "own", isNonReader: true, Client: Listening },
  { name: "asking", share: 15, addresses: "own", isNonReader: true, Client: Asking },
  { name: "whispered", share: 10, addresses: "own", isNonReader: true, Client: Whispered },
  { name: "offered", share: 10, addresses: "own", isNonReader: true, Client: Offered },
  { name: "resuming", share: 10, addresses: "own", isNonReader: true, Client: ResumingSilently },
  { name: "refused", share: 10, addresses: "own", isNonReader: true, Client: Refused },
  { name: "resumer", share: 8, addresses: "one", Client: Resumer },
  { name: "guesser", share: 15, addresses: "own", Client: Guesser },
  { name: "registrar", share: 15, addresses: "own", Client: Registrar },
  { name: "joiner", share: 8, addresses: "one", Client: Joiner },
  { name: "nick-changer", share: 5, addresses: "own", Client: NickChanger },
  { name: "ignorer", share: 5, addresses: "own", Client: Ignorer },
  { name: "room-maker", share: 8, addresses: "own", Client: RoomMaker },
  { name: "talker", share: 20, addresses: "own", Client: Talker },
  { name: "asker", share: 10, addresses: "own", Client: Asker },
  { name: "offerer", share: 8, addresses: "one", Client: Offerer },
  { name: "transfer-holder", share: 10, addresses: "own", Client: TransferHolder },
  { name: "confirmer", share: 5, addresses: "own", Client: Confirmer },
  { name: "resetter", share: 5, addresses: "one", Client: Resetter },
  { name: "half-tls", share: 10, addresses: "one", Client: HalfTls },
  { name: "half-http", share: 10, addresses: "own", Client: HalfHttp },
  { name: "half-frame", share: 12, addresses: "own", Client: HalfFrame },
  { name: "slow-headers", share: 8, addresses: "own", Client: SlowHeaders },
  { name: "hand-shaker", share: 5, addresses: "own", Client: HandShaker },
  { name: "pipelined-http", share: 5, addresses: "one", Client: PipelinedHttp },
  { name: "pinger", share: 4, addresses: "own", Client: Pinger },
  { name: "fragmenter", share: 5, addresses: "own", Client: Fragmenter },
  { name: "websocket-flooder", share: 8, addresses: "own", Client: WebSocketFlooder },
  { name: "telnet-flooder", share: 4, addresses: "own", Client: TelnetFlooder },
  { name: "trifle-flooder", share: 5, addresses: "own", Client: TrifleFlooder },
  { name: "worst-frames", share: 10, addresses: "own", Client: WorstFrames },
  { name: "worst-json", share: 5, addresses: "own", Client: WorstJson },
];

/** The names of the kinds, for `--only`. */
export const KIND_NAMES: readonly string[] = HOSTILE_KINDS.map(({ name }) => name);

/**
 * How many clients of each kind take part.
 *
 * @param kinds the kinds that take part, with at least one client each.
 * @param clients number of clients of all kinds, approximately: shares are rounded.
 * @param nonReaders number of clients of the kinds that never read, instead of their share.
 */
export function clientsPerKind(
  kinds: readonly string[],
  clients: number,
  nonReaders: number | undefined,
): Record<string, number> {
  const taking = HOSTILE_KINDS.filter(({ name }) => kinds.includes(name));
  const scale = (part: readonly HostileKind[], count: number) => {
    const shares = part.reduce((sum, { share }) => sum + share, 0);
    return part.map(({ name, share }): [string, number] => [
      name,
      Math.max(1, Math.round(share / shares * count)),
    ]);
  };
  if (nonReaders === undefined) return Object.fromEntries(scale(taking, clients));
  return Object.fromEntries([
    ...scale(taking.filter((kind) => kind.isNonReader === true), nonReaders),
    ...scale(taking.filter((kind) => kind.isNonReader !== true), clients),
  ]);
}

/** The address of a client: 127.64.0.1 and up, one for each kind or for each of its clients. */
export function addressOf(kind: HostileKind, index: number): string {
  const number = kind.addresses === "one" ? 0 : index;
  const network = 64 + HOSTILE_KINDS.indexOf(kind);
  return `127.${network}.${Math.floor(number / 254)}.${number % 254 + 1}`;
}
