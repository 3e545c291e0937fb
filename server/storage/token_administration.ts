import { cleanLine, counted, nameKey } from "../../protocol/mod.ts";
import { AccountError, openAccountDatabase } from "./administration.ts";
import { ACCOUNT_CHANGES, accountOf } from "./accounts.ts";
import type { SharedDatabase } from "./shared_database.ts";
import type { Account, ApiToken } from "./store.ts";
import { tokenOf } from "./tokens.ts";

/** Maximum number of tokens of one account that have not expired. */
export const MAX_TOKENS_PER_ACCOUNT = 32;

/** Maximum length of a label, in characters. */
export const MAX_LABEL_LENGTH = 64;

/** A token, with the name of its account. */
export interface ListedToken extends ApiToken {
  /** In the case of its registration. */
  readonly accountName: string;
}

/** The terms of a new token. */
export interface TokenTerms {
  /** What it is for, to find it in the list; at most {@link MAX_LABEL_LENGTH} characters. */
  readonly label?: string | undefined;
  /** Unix milliseconds. Default: it does not expire. */
  readonly expiresAt?: number | undefined;
}

/**
 * Opens the tokens of a data directory, with or without a running server, which applies changes at once.
 *
 * @throws {StorageError} as at the start of a server; `locked` when another version of the program
 * uses the directory.
 * @throws {AccountError} if the database is missing.
 */
export async function openTokens(directory: string): Promise<TokenFile> {
  return new TokenFile(await openAccountDatabase(directory));
}

/** The tokens of the accounts of a data directory, for its administrator. */
export class TokenFile {
  /** @ignore */
  constructor(private readonly shared: SharedDatabase) {}

  /** All tokens, expired ones included, by the name of their account and their age. */
  list(): ListedToken[] {
    return this.shared.read((database) =>
      database.prepare(
        "SELECT tokens.*, accounts.name AS account_name FROM tokens " +
          "JOIN accounts ON accounts.key = account_key ORDER BY account_key, tokens.created_at, id",
      ).all().map((record) => listedOf(record as Record<string, unknown>))
    );
  }

  /**
   * Adds a token to an account, and removes the expired ones of that account.
   *
   * @param secret from {@link newApiToken}.
   * @param now Unix milliseconds.
   * @throws {AccountError} if there is no such account, its tokens are too many, or the label is too
   * long.
   */
  add(
    name: string,
    secret: { readonly id: string; readonly secretHash: string },
    { label: rawLabel = "", expiresAt }: TokenTerms,
    now: number,
  ): ListedToken {
    const label = cleanLine(rawLabel).trim();
    if ([...label].length > MAX_LABEL_LENGTH) {
      throw new AccountError(
        "label",
        `Cannot add a token with that label: it has over ${MAX_LABEL_LENGTH} characters.`,
      );
    }
    const { id, secretHash } = secret;
    return this.shared.change(ACCOUNT_CHANGES, AccountError, (database) => {
      const record = database.prepare("SELECT * FROM accounts WHERE key = ?").get(nameKey(name));
      const account = record && accountOf(record as Record<string, unknown>);
      if (account === undefined) throw missingAccount(name);
      const { key, name: accountName } = account;
      database.prepare("DELETE FROM tokens WHERE account_key = ? AND expires_at <= ?")
        .run(key, now);
      const count = database.prepare("SELECT count(*) AS count FROM tokens WHERE account_key = ?")
        .get(key)?.count;
      if (Number(count) >= MAX_TOKENS_PER_ACCOUNT) throw tooMany(account);
      const createdAt = Math.max(now, account.createdAt);
      const values = [id, secretHash, key, label, createdAt, expiresAt ?? null] as const;
      database.prepare(
        "INSERT INTO tokens (id, secret_hash, account_key, label, created_at, expires_at) " +
          "VALUES (?, ?, ?, ?, ?, ?)",
      ).run(...values);
      const expiry = expiresAt === undefined ? undefined : { expiresAt };
      return { id, secretHash, accountKey: key, accountName, label, createdAt, ...expiry };
    });
  }

  /** Removes a token. @throws {AccountError} if it does not exist. */
  remove(id: string): ListedToken {
    return this.shared.change(ACCOUNT_CHANGES, AccountError, (database) => {
      const token = this.list().find((each) => each.id === id);
      if (token === undefined) {
        throw new AccountError(
          "missing",
          `There is no token ${cleanLine(id)}. hubbub token list shows the ids of all tokens.`,
        );
      }
      database.prepare("DELETE FROM tokens WHERE id = ?").run(id);
      return token;
    });
  }

  /** Closes the database. */
  close(): void {
    this.shared.close();
  }
}

function listedOf(record: Record<string, unknown>): ListedToken {
  return { ...tokenOf(record), accountName: String(record.account_name) };
}

function missingAccount(name: string): AccountError {
  const shown = cleanLine(name);
  return new AccountError(
    "missing",
    `There is no account ${shown}. Add it first, with hubbub account add ${shown}.`,
  );
}

function tooMany({ name }: Account): AccountError {
  return new AccountError(
    "too_many",
    `${name} has ${counted(MAX_TOKENS_PER_ACCOUNT, "token")}, the maximum. ` +
      "Remove one with hubbub token remove ID; hubbub token list shows them.",
  );
}
