import type { Life } from "./life.ts";

/** What became of a message or whisper, as far as its sender knows. */
type Fate = "open" | "accepted" | "refused" | "uncertain";

/** A message or whisper that a client has submitted. */
export interface Sent {
  readonly number: number;
  readonly kind: "message" | "whisper";
  /** The room, or the name, that it is meant for. */
  readonly target: string;
  readonly text: string;
  life: Life;
  /** Of a whisper, the session that had the name; `undefined` if no client knew of one. */
  readonly receiver: Life | undefined;
  fate: Fate;
  /** Whether the process to which it was first sent has died before it was answered. */
  isOfOtherProcess: boolean;
}

/** A message of a room as its members or its history have it. */
export interface Placed {
  readonly seq: number;
  readonly text: string;
}

/** An attempt to take a name. */
interface Claim {
  readonly by: object;
  /** The connection of a `hello` without an answer so far: it may still be on its way. */
  over: object | undefined;
  /** Milliseconds since the start of the run. */
  readonly at: number;
}

/** Maximum time on the way of a request for a name, in milliseconds. */
const CLAIM_MILLISECONDS = 30_000;

/** The mark with which each text begins. */
const MARK = /<(\d+)>/;

/** A line of text whose connection broke within the mark. */
const CUT_MARK = /^<\d*$/;

/**
 * The accounts of a run: what was submitted, acknowledged and received. It knows nothing of the product.
 *
 * 1. Nothing acknowledged is lost; nothing is doubled, changed or invented.
 * 2. Each message is in the room that its sender meant, and only members receive it.
 * 3. The numbers of a room have no gaps, and no two messages have the same one; the messages of a sender
 *    are in order. A member receives all numbers but those of its own messages, in order, or a report
 *    that some were skipped.
 * 4. The same holds for the whispers to a session.
 * 5. A session survives every break.
 */
export class Ledger {
  readonly violations: string[] = [];
  readonly #sent: Sent[] = [];
  /** By room and number, the message that a client has seen there. */
  readonly #placed = new Map<string, Map<number, Sent>>();
  /** By message, its room and number. */
  readonly #places = new Map<Sent, string>();
  readonly #whispered = new Set<Sent>();
  /** By name in lower case. */
  readonly #claims = new Map<string, Claim[]>();

  /**
   * @param now milliseconds since the start of the run.
   * @param maySkip whether messages may be skipped for slow readers.
   */
  constructor(private readonly now: () => number, private readonly maySkip: boolean) {}

  get counts(): {
    readonly messages: number;
    readonly accepted: number;
    readonly whispers: number;
  } {
    return {
      messages: this.#sent.length,
      accepted: this.#sent.filter(({ fate }) => fate === "accepted").length,
      whispers: this.#whispered.size,
    };
  }

  violate(what: string): void {
    this.violations.push(`${this.now().toFixed(3)} ms: ${what}`);
  }

  /** A client submits a text. @param padding the rest of the text. */
  submit(life: Life, kind: Sent["kind"], target: string, padding: string, receiver?: Life): Sent {
    const number = this.#sent.length;
    const text = `<${number}>${padding}`;
    const sent: Sent = {
      ...{ number, kind, target, text, life, receiver },
      ...{ fate: "open", isOfOtherProcess: false },
    };
    this.#sent.push(sent);
    return sent;
  }

  /** A process of the server has died. */
  serverDied(): void {
    for (const sent of this.#sent) if (sent.fate === "open") sent.isOfOtherProcess = true;
  }

  /** A text in a line or frame; `undefined` for others. */
  find(text: string): Sent | undefined {
    const mark = MARK.exec(text)?.[1];
    return mark === undefined ? undefined : this.#sent[Number(mark)];
  }

  /** The server has acknowledged. @param seq the number in the room, if the acknowledgement has it. */
  accepted(sent: Sent, seq?: number): void {
    if (sent.fate === "refused") this.violate(`${describe(sent)} is accepted after its refusal`);
    sent.fate = "accepted";
    if (sent.kind === "message" && seq !== undefined) this.#place(sent, sent.target, seq);
  }

  /** A member has received a message. */
  received(life: Life, room: string, seq: number, text: string): void {
    const fault = life.reached(room, seq);
    if (fault !== undefined) this.violate(`${life.name} received ${text}: ${fault}`);
    if (CUT_MARK.test(text)) return;
    const sent = this.find(text);
    if (sent === undefined || !isOf(text, sent) || sent.kind !== "message") {
      return this.violate(`${life.name} received an unknown text in ${room}: ${text}`);
    }
    if (sent.life === life) this.violate(`${life.name} received its own ${describe(sent)}`);
    this.#place(sent, room, seq);
  }

  /** A member is informed of messages that it did not receive. */
  skipped(life: Life, room: string, from: number, to: number): void {
    if (!this.maySkip) this.violate(`${from} to ${to} of ${room} were skipped for ${life.name}`);
    const fault = life.skipped(room, from, to);
    if (fault !== undefined) this.violate(`skipped for ${life.name}: ${fault}`);
  }

  /** @param number of the whisper within the session; `undefined` for text lines. */
  whispered(life: Life, text: string, number: number | undefined): void {
    if (number !== undefined && number !== life.lastWhisper + 1) {
      this.violate(`${life.name} received whisper ${number} after ${life.lastWhisper}`);
    }
    life.lastWhisper = number ?? 0;
    if (CUT_MARK.test(text)) return;
    const sent = this.find(text);
    if (sent === undefined || sent.kind !== "whisper" || !isOf(text, sent)) {
      return this.violate(`${life.name} received an unknown whisper: ${text}`);
    }
    if (this.#whispered.has(sent) && !sent.isOfOtherProcess) {
      this.violate(`${describe(sent)} is delivered twice`);
    }
    this.#whispered.add(sent);
    if (!life.names.has(sent.target.toLowerCase())) {
      this.violate(`${life.name} received ${describe(sent)}, which is for ${sent.target}`);
    }
  }

  /** A user of text lines has received a message. */
  receivedLine(life: Life, line: string): void {
    const sent = this.find(line);
    if (sent === undefined) return this.violate(`${life.name} received an unknown line: ${line}`);
    const fault = life.receivedLine(sent.target, sent.life, sent.number);
    if (fault !== undefined) this.violate(`${life.name} received ${describe(sent)}: ${fault}`);
  }

  /**
   * A client wants a name, so that its former session may not get it back.
   *
   * @param over the connection of a `hello`, until {@link answered}.
   */
  claimed(name: string, by: object, over?: object): void {
    const key = name.toLowerCase();
    const claims = this.#claims.get(key) ?? [];
    claims.push({ by, over, at: this.now() });
    this.#claims.set(key, claims);
  }

  /** All that a client has requested with a `hello` over a connection is answered. */
  answered(over: object | undefined): void {
    for (const claim of [...this.#claims.values()].flat()) {
      if (claim.over === over) claim.over = undefined;
    }
  }

  /**
   * A client has a new session instead of the one that it resumed. It may: another client has wanted its
   * name, or a `hello` of its own over an earlier connection, never answered, has arrived late and taken it.
   *
   * @param since start of its last connection.
   */
  lostSession(life: Life, by: object, since: number): void {
    const wasTaken = [...life.names].flatMap((name) => this.#claims.get(name) ?? [])
      .filter(({ at }) => at >= since - CLAIM_MILLISECONDS)
      .some((claim) => claim.by !== by || (claim.over !== undefined && claim.at <= since));
    if (!wasTaken) this.violate(`the session of ${life.name} is lost`);
  }

  /** Compares everything with what the server has in the end. */
  audit(rooms: ReadonlyMap<string, readonly Placed[]>, lives: readonly Life[]): void {
    for (const [room, messages] of rooms) this.#auditRoom(room, messages);
    for (const sent of this.#sent) {
      const place = this.#places.get(sent);
      // What a user of text lines was whispered is not stored, see `Sent.isOfOtherProcess`.
      const isWhispered = this.#whispered.has(sent) && !sent.isOfOtherProcess;
      if (sent.fate === "refused" && (place !== undefined || isWhispered)) {
        this.violate(`${describe(sent)} was refused and delivered`);
      }
      const isLost = sent.kind === "message" ? place === undefined : this.#isOwed(sent, lives);
      if (sent.fate === "accepted" && isLost) {
        this.violate(`${describe(sent)} was acknowledged and is lost`);
      }
      if (sent.fate === "open" && sent.life.isOpen) {
        this.violate(`${describe(sent)} was neither acknowledged nor refused`);
      }
    }
    for (const [room, placed] of this.#placed) {
      const { length } = rooms.get(room) ?? [];
      for (const seq of placed.keys()) {
        if (seq > length) this.violate(`message ${seq} of ${room} is lost`);
      }
    }
    for (const life of lives) this.#auditLife(life, rooms);
  }

  /** Whether a whisper was not received, and is for a session that lasts and alone ever had the name. */
  #isOwed(sent: Sent, lives: readonly Life[]): boolean {
    const { target, receiver } = sent;
    if (this.#whispered.has(sent) || receiver?.isOpen !== true || receiver.isTextUser) return false;
    const isElsewhere = (life: Life) => life !== receiver && life.names.has(target.toLowerCase());
    return receiver.names.size === 1 && !lives.some(isElsewhere);
  }

  #auditRoom(room: string, messages: readonly Placed[]): void {
    const last = new Map<Life, number>();
    for (const [index, { seq, text }] of messages.entries()) {
      if (seq !== index + 1) this.violate(`${room} has ${seq} in the place of ${index + 1}`);
      if (CUT_MARK.test(text)) continue;
      const sent = this.find(text);
      if (sent === undefined || !isOf(text, sent) || sent.kind !== "message") {
        this.violate(`${room} has an unknown text: ${text}`);
        continue;
      }
      this.#place(sent, room, seq);
      if (sent.number < (last.get(sent.life) ?? -1)) {
        this.violate(`${describe(sent)} is behind a later one of ${sent.life.name} in ${room}`);
      }
      last.set(sent.life, sent.number);
    }
  }

  #auditLife(life: Life, rooms: ReadonlyMap<string, readonly Placed[]>): void {
    for (const [room, seqs] of life.missed()) {
      for (const seq of seqs) {
        if (this.#placed.get(room)?.get(seq)?.life !== life) {
          this.violate(`${life.name} never received ${seq} of ${room}`);
        }
      }
    }
    if (!life.isOpen) return;
    for (const [room, last] of life.positions()) {
      for (let seq = last + 1; seq <= (rooms.get(room) ?? []).length; seq++) {
        if (this.#placed.get(room)?.get(seq)?.life !== life) {
          this.violate(`${life.name} has not received ${seq} of ${room}`);
        }
      }
    }
  }

  /** A client, or the history, has a message in a room under a number. */
  #place(sent: Sent, room: string, seq: number): void {
    if (sent.target !== room) this.violate(`${describe(sent)} for ${sent.target} is in ${room}`);
    const place = `${room} ${seq}`;
    const known = this.#places.get(sent);
    if (known !== undefined && known !== place) {
      this.violate(`${describe(sent)} is doubled: ${known}, ${place}`);
    }
    this.#places.set(sent, place);
    const placed = this.#placed.get(room) ?? new Map<number, Sent>();
    this.#placed.set(room, placed);
    const other = placed.get(seq);
    if (other !== undefined && other !== sent) {
      this.violate(`${describe(sent)} and ${describe(other)} are both ${place}`);
    }
    placed.set(seq, sent);
  }
}

/** Whether a text is that of a message. A line of text may be cut where its connection broke. */
function isOf(text: string, sent: Sent): boolean {
  return text === sent.text || (sent.life.isTextUser && sent.text.startsWith(text));
}

function describe({ kind, number, life }: Sent): string {
  return `${kind} m${number} of ${life.name}`;
}
