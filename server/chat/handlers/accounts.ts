import type { Chat } from "../chat.ts";
import { nameKey, type ProtocolError, protocolError } from "../../../protocol/mod.ts";
import { shownName } from "../../names/name_rules.ts";
import type { Member, Rights } from "../member.ts";
import { isPassword } from "../../accounts/password.ts";
import { HASH_TOKENS } from "../../scheduling/token_bucket.ts";
import type { Handlers, HandlerSession } from "./handler.ts";

export const ACCOUNTS: Handlers<"nick" | "register" | "unregister"> = {
  nick: {
    needs: "a name",
    run: ({ name: rawName, password, id }, member, chat, session) => {
      const { hub, moderation, store, accountWatch, passwords } = chat;
      accountWatch.refresh();
      const account = store.accounts?.find(nameKey(rawName));
      const isProtected = account !== undefined &&
        !(member.isAuthenticated && account.key === member.key);
      const { value: name, error: fault } = isProtected && password !== undefined
        ? { value: hub.members.ownedName(rawName, account.name) }
        : hub.members.checkTakeable(rawName, member);
      if (fault !== undefined) return fault;
      const refusal = () => moderation.silence(member) ?? moderation.banError(name, member.address);
      const error = refusal();
      if (error !== undefined) return error;
      if (!isProtected) {
        rename(member, name, chat);
        if (account === undefined && password !== undefined) {
          const text = `The name ${name} has no password: the one that you sent was not used.`;
          session.send({ type: "notice", text });
        }
        return;
      }
      if (password === undefined) return protocolError("name_protected", account.name);
      const checked = passwords.verify(account, password, session.ip);
      if (!(checked instanceof Promise)) return checked;
      session.chargeTokens(HASH_TOKENS);
      session.wait(checked.then((wrong) => {
        if (!hub.members.has(member)) return;
        // Meanwhile an operator may have muted the member, or banned the name.
        const late = wrong ?? refusal();
        if (late !== undefined) return session.sendError(late, id);
        logIn(member, name, chat, session);
      }));
    },
  },
  register: {
    needs: "a name",
    run: ({ password, id }, member, chat, session) => {
      const refused = registrationFault(password, member, chat);
      if (refused !== undefined) return refused;
      const registrations = chat.registrations!;
      const { value: registration, error } = registrations.begin(member, chat.monotonic());
      if (error !== undefined) {
        chat.refusals.add("registration", error.code, session.ip, member.name);
        return error;
      }
      const { key } = member;
      session.chargeTokens(HASH_TOKENS);
      session.wait(
        chat.hashPassword(password).then((passwordHash) => {
          const { value: hash, error: late } = checkRegistration(passwordHash, key, member, chat);
          if (hash !== undefined) return register(member, hash, chat, session);
          registration.withdraw();
          if (late === undefined) return;
          chat.refusals.add("registration", late.code, session.ip, member.name);
          session.sendError(late, id);
        }),
      );
    },
  },
  unregister: {
    needs: "a name",
    run: ({ name }, member, chat, session) => {
      const { store: { accounts }, accountWatch, operators, log } = chat;
      if (accounts === undefined) return protocolError("no_accounts");
      accountWatch.refresh();
      const key = name === undefined ? member.key : nameKey(name);
      const isOwn = key === member.key;
      if (!isOwn && !member.isOperator) return protocolError("not_operator");
      const account = accounts.find(key);
      if (account === undefined) {
        return protocolError("no_such_account", name === undefined ? member.name : shownName(name));
      }
      if (isOwn && !member.isAuthenticated) return protocolError("name_protected", member.name);
      // Only the administrator of the machine adds and removes operators.
      if (operators.has(key)) return protocolError("operator_account", account.name);
      accounts.remove(key);
      accountWatch.removed(key, !isOwn);
      log.audit("unregistered", { address: session.ip, name: account.name, by: member.name });
      session.send({
        type: "notice",
        text: `The name ${account.name} is no longer registered: any user may take it.`,
      });
    },
  },
};

/** The error of a registration, or of a change of a password, before its hash is made. */
function registrationFault(
  password: string,
  member: Member,
  chat: Chat,
): ProtocolError | undefined {
  const { hub, moderation, store: { accounts }, accountWatch, operators } = chat;
  if (accounts === undefined) return protocolError("no_accounts");
  // A password would exempt the member from the mute of its address.
  const silenced = moderation.silence(member);
  if (silenced !== undefined) return silenced;
  accountWatch.refresh();
  if (!isPassword(password)) return protocolError("password_unusable");
  if (accounts.find(member.key) !== undefined) {
    return member.isAuthenticated ? undefined : protocolError("name_protected", member.name);
  }
  if (operators.isReserved(member.key)) return protocolError("operator_name");
  // Since the member took the name, a look-alike may have been registered or banned.
  return hub.members.checkFree(member.name, member).error;
}

/**
 * Checks a registration again after its hash was made.
 *
 * @param passwordHash `undefined` when too many others were waiting.
 * @returns the hash; neither hash nor error if the member has lost the name meanwhile.
 */
function checkRegistration(
  passwordHash: string | undefined,
  key: string,
  member: Member,
  { store, accountWatch, moderation, registrations }: Chat,
): { readonly value?: string; readonly error?: ProtocolError } {
  accountWatch.refresh();
  if (passwordHash === undefined) return { error: protocolError("too_busy") };
  const isNew = store.accounts!.find(key) === undefined;
  const error = moderation.silence(member) ?? (isNew ? registrations!.checkTotal() : undefined);
  if (error !== undefined) return { error };
  const isOwner = isNew || member.isAuthenticated;
  return isOwner && member.key === key ? { value: passwordHash } : {};
}

function rename(
  member: Member,
  name: string,
  { hub, resumption }: Chat,
  rights?: Rights,
): void {
  resumption.freeName(name);
  hub.rename(member, name, rights);
  resumption.changed(member);
}

/** Logs a member in under a protected name, also if another member has it. */
function logIn(member: Member, name: string, chat: Chat, session: HandlerSession): void {
  const { hub, resumption, operators, log } = chat;
  const isOperator = operators.has(nameKey(name));
  if (hub.members.find(name) !== member) resumption.takeName(name);
  if (name === member.name) session.send({ type: "notice", text: `You are logged in as ${name}.` });
  rename(member, name, chat, { isAuthenticated: true, isOperator });
  if (isOperator) log.audit("operator logged in", { address: session.ip, name });
}

function register(
  member: Member,
  passwordHash: string,
  { hub, store, resumption, operators, passwords, log, metrics, now }: Chat,
  session: HandlerSession,
): void {
  const { key, name } = member;
  const accounts = store.accounts!;
  const isNew = accounts.find(key) === undefined;
  accounts.save({ key, name, passwordHash, createdAt: now(), isOperator: false });
  passwords.remember(key, session.ip);
  hub.setRights(member, { isAuthenticated: true, isOperator: operators.has(key) });
  if (isNew) {
    member.registeredKey = key;
    metrics.registrations++;
  }
  resumption.changed(member);
  log.audit(isNew ? "registered" : "password changed", { address: session.ip, name });
  session.send({
    type: "notice",
    text: isNew
      ? `The name ${name} is yours: from now on it needs the password.`
      : `The name ${name} has its new password.`,
  });
}
