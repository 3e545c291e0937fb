import { counted } from "../../protocol/mod.ts";

/** Others who are named; of more it is told how many there are. */
const MAX_NAMED = 8;

/** Where somebody is and with whom, as one sentence. */
export function statusLine(
  { room, address, others, total }: {
    readonly room: string;
    /** Of the server. */
    readonly address: string;
    /** Names of the others in the room, perhaps not all. */
    readonly others: readonly string[];
    /** How many people are in the room, the reader among them. */
    readonly total: number;
  },
): string {
  const where = `You are in ${room} on ${address}`;
  const count = Math.max(total - 1, others.length);
  if (count === 0) return `${where}. Nobody else is here.`;
  const who = counted(count, "other");
  const names = count <= MAX_NAMED && others.length === count ? `: ${others.join(", ")}` : "";
  return `${where} with ${who}${names}.`;
}
