import { assertEquals, assertThrows } from "@std/assert";
import { checkOperators, OperatorError, Operators } from "../../../server/accounts/operators.ts";
import { MemoryAccounts } from "../../../server/storage/accounts.ts";
import { nameKey } from "../../../protocol/mod.ts";
import { accountOf } from "../chat.ts";

function accountsOf(...accounts: Parameters<typeof accountOf>[]): MemoryAccounts {
  const memory = new MemoryAccounts();
  for (const account of accounts) memory.save(accountOf(...account));
  return memory;
}

Deno.test("operators: marked accounts, and those of the options in any case", () => {
  const accounts = accountsOf(["Op", "x"], ["Zoë", "x"], ["Eve", "x", true], ["Bob", "x"]);
  const operators = new Operators(accounts, ["OP", "Zoe\u0308"]);
  const names = ["Op", " op ", "\uff2f\uff50", "ZOË", "eve", "Bob", "Carl", ""];
  assertEquals(
    names.map((name) => operators.has(nameKey(name))),
    [true, true, true, true, true, false, false, false],
  );
});

Deno.test("operators: a name of the options without an account is no operator, and stays reserved", () => {
  const accounts = accountsOf(["Op", "x"]);
  const operators = new Operators(accounts, ["Op"]);
  accounts.remove("op");
  assertEquals([operators.has("op"), operators.isReserved("op"), operators.any], [
    false,
    true,
    true,
  ]);
});

Deno.test("operators: reports whether any exist", () => {
  assertEquals(new Operators(undefined).any, false);
  const accounts = accountsOf(["Bob", "x"]);
  const operators = new Operators(accounts);
  assertEquals(operators.any, false);
  accounts.save(accountOf("Op", "x", true));
  assertEquals(operators.any, true);
  accounts.save(accountOf("Op", "another"));
  assertEquals(operators.has("op"), true, "another password changes nothing");
  accounts.remove("op");
  assertEquals(operators.any, false);
});

Deno.test("operators: each needs an account at the start, and the error names the command", () => {
  const accounts = accountsOf(["Op", "x"]);
  checkOperators([], undefined, null);
  checkOperators(["OP"], accounts, "/srv/chat");
  const missing = assertThrows(
    () => checkOperators(["op", "Eve"], accounts, "/srv/chat"),
    OperatorError,
  );
  assertEquals(
    (missing as OperatorError).message,
    "Cannot make Eve an operator: there is no such account. " +
      "Add it with: hubbub account add Eve --data /srv/chat --operator",
  );
  const noData = assertThrows(() => checkOperators(["Op"], undefined, null), OperatorError);
  assertEquals(
    (noData as OperatorError).message,
    "Cannot make Op an operator: operators need accounts, and accounts need a data folder. " +
      "Give one with --data DIR.",
  );
});
