/**
 * `deno task scripts`: writes the server's table of scripts, from the runtime's Unicode data.
 *
 * @module
 */

import { join } from "node:path";
import { REPOSITORY } from "./repository.ts";

/** The module that holds the table of scripts, as a path in the project. */
export const TABLE_MODULE = "server/names/script_table.ts";

/** Every script of Unicode 17 (ISO 15924). A runtime with an older Unicode lacks the last ones. */
const SCRIPTS = "Adlm Aghb Ahom Arab Armi Armn Avst Bali Bamu Bass Batk Beng Berf Bhks Bopo Brah " +
  "Brai Bugi Buhd Cakm Cans Cari Cham Cher Chrs Copt Cpmn Cprt Cyrl Deva Diak Dogr Dsrt Dupl Egyp " +
  "Elba Elym Ethi Gara Geor Glag Gong Gonm Goth Gran Grek Gujr Gukh Guru Hang Hani Hano Hatr Hebr " +
  "Hira Hluw Hmng Hmnp Hung Ital Java Kali Kana Kawi Khar Khmr Khoj Kits Knda Krai Kthi Lana Laoo " +
  "Latn Lepc Limb Lina Linb Lisu Lyci Lydi Mahj Maka Mand Mani Marc Medf Mend Merc Mero Mlym Modi " +
  "Mong Mroo Mtei Mult Mymr Nagm Nand Narb Nbat Newa Nkoo Nshu Ogam Olck Onao Orkh Orya Osge Osma " +
  "Ougr Palm Pauc Perm Phag Phli Phlp Phnx Plrd Prti Rjng Rohg Runr Samr Sarb Saur Sgnw Shaw Shrd " +
  "Sidd Sidt Sind Sinh Sogd Sogo Sora Soyo Sund Sunu Sylo Syrc Tagb Takr Tale Talu Taml Tang Tavt " +
  "Tayo Telu Tfng Tglg Thaa Thai Tibt Tirh Tnsa Todr Tols Toto Tutg Ugar Vaii Vith Wara Wcho Xpeo " +
  "Xsux Yezi Yiii Zanb";

const MAX_CODE_POINT = 0x10ffff;

/** Makes the module from the Unicode data of the runtime's regular expressions. */
export function scriptModule(): string {
  const lines = runs().map(([start, scripts]) => `${start.toString(16)}:${scripts}\n`);
  return `// Made by "deno task scripts". Not to be edited.
// deno-fmt-ignore-file

/**
 * The scripts of all code points (Script_Extensions, Unicode TR 24), a line for each change: the first
 * code point in hexadecimal, and behind a colon the scripts in which it is used; none for Common and
 * Inherited. Code points that are not assigned are as those before them.
 */
export const SCRIPTS = \`\\
${lines.join("")}\`;
`;
}

/** Code points at which the scripts change, and what they are from there on. */
function runs(): [start: number, scripts: string][] {
  const tests = SCRIPTS.split(" ").flatMap((script) => {
    try {
      return [{ script, test: new RegExp(`^\\p{Script_Extensions=${script}}$`, "u") }];
    } catch {
      return [];
    }
  });
  const unassigned = /^[\p{Cn}\p{Co}\p{Cs}]$/u;
  const common = /^[\p{scx=Zyyy}\p{scx=Zinh}]$/u;
  const found: [number, string][] = [[0, ""]];
  for (let code = 0; code <= MAX_CODE_POINT; code++) {
    const character = String.fromCodePoint(code);
    if (unassigned.test(character)) continue;
    let scripts = "";
    if (!common.test(character)) {
      scripts = tests.filter(({ test }) => test.test(character))
        .map(({ script }) => script).join(" ");
      if (scripts === "") throw new Error(`Cannot find the script of U+${code.toString(16)}`);
    }
    if (found.at(-1)![1] !== scripts) found.push([code, scripts]);
  }
  return found;
}

if (import.meta.main) {
  await Deno.writeTextFile(join(REPOSITORY, TABLE_MODULE), scriptModule());
  console.log(`Written to ${TABLE_MODULE}`);
}
