/** Letters that no others look like, so that no two names made of them are look-alikes. */
const LETTERS = "abdefghkprstuxyz";

/** A name of a prefix and a number, such as `honest-ba`. */
export function nameOf(prefix: string, number: number): string {
  let letters = "";
  for (let rest = number; letters.length < 2 || rest > 0; rest = Math.floor(rest / 16)) {
    letters = LETTERS[rest % 16] + letters;
  }
  return `${prefix}-${letters}`;
}

/** The room of the honest clients. */
export const HONEST_ROOM = "tea";

/** The protected name whose owner comes again and again, and whose password is guessed. */
export const KEEPER_NAME = "keeper";

/** Name of the honest client of that number. */
export function honestName(number: number): string {
  return nameOf("honest", number);
}

/** How many honest clients keep the ledger. */
export const HONEST_CLIENTS = 20;
