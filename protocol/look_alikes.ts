/**
 * Names that look the same: `аlice` with a Cyrillic а is not `alice`, and nobody can see it.
 *
 * @module
 */

import { MAX_FIELD_LENGTHS } from "./limits.ts";
import { nameKey } from "./names.ts";

/**
 * Letters that look like another one, in pairs: the letter, then the one that stands for all that
 * look like it. From the skeletons of Unicode TS39 for the scripts that share their shapes with
 * Latin, and the digits that pass for letters.
 */
const PAIRS = [
  // Cyrillic
  "аaсcԁdеeһhіiјjкkӏlоoрpԛqѕsуyѵvԝwхxгr",
  "ԚqԜwѴvАaВbСcЕeНhІlЈjКkМmОoРpЅsТtХxУyԌgӀl",
  // Greek
  "αaγyιiκkνvοoρpυuϲcϳjωw",
  "ΑaΒbΕeΖzΗhΙlΚkΜmΝnΟoΡpΤtΥyΧxϹc",
  // Armenian
  "օoսuհhոnցgզqՏsՕoԼl",
  // Cherokee
  "ᎪaᏴbᏟcᎠdᎬeᏀgᎻhᎫjᏦkᏞlᎷmᏢpᎡrᏚsᎢtᏙvᎳwᏃz",
  // Latin
  "ıiɑaɡgɩiIl",
  // Digits and signs
  "0o1l|l",
].join("");

const LOOKS_LIKE = new Map(
  [...PAIRS].flatMap((letter, index, all) => index % 2 === 0 ? [[letter, all[index + 1]!]] : []),
);

/**
 * What a name looks like: two names with the same skeleton cannot be told apart by eye.
 */
export function nameSkeleton(name: string): string {
  if (name.length > MAX_FIELD_LENGTHS.name) return nameKey(name);
  return [...name.trim().normalize("NFKC")]
    .map((letter) => LOOKS_LIKE.get(letter) ?? letter)
    .join("")
    .toLowerCase();
}
