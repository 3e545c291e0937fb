import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { confusableModule } from "../../tools/confusables.ts";

const FILE = `\ufeff# confusables.txt
# Date: 2026-01-01, 00:00:00 GMT
# Version: 18.0.0

05AD ;	0596 ;	MA	# ( ֭ → ֖ ) HEBREW ACCENT DEHI → HEBREW ACCENT TIPEHA	#
0430 ;	0061 ;	MA	# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A	#
1D41A ;	0061 ;	MA	# ( 𝐚 → a ) MATHEMATICAL BOLD SMALL A → LATIN SMALL LETTER A	#
006D ;	0072 006E ;	MA	# ( m → rn ) LATIN SMALL LETTER M → LATIN SMALL LETTER R, LATIN SMALL LETTER N	#

# total: 4
`;

Deno.test("confusable module: a line for each prototype", () => {
  const module = confusableModule(FILE);
  assertStringIncludes(module, 'CONFUSABLES_VERSION = "18.0.0"');
  assertStringIncludes(module, "`\\\n596:5ad\n61:430,1d41a\n72+6e:6d\n`;");
  assertEquals(module.split("\n").some((line) => line.endsWith(" ")), false);
});

Deno.test("confusable module: another text than the table is refused", () => {
  assertThrows(() => confusableModule("0430 ; 0061 ; MA"), SyntaxError, "it has no version");
});
