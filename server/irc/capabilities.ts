/** The capabilities of IRCv3 that the server supports, with their values. */
const CAPABILITIES: readonly (readonly [name: string, value?: string])[] = [
  ["account-notify"],
  ["account-tag"],
  ["away-notify"],
  ["batch"],
  ["cap-notify"],
  ["draft/chathistory"],
  ["echo-message"],
  ["extended-join"],
  ["labeled-response"],
  ["message-tags"],
  ["multi-prefix"],
  ["sasl", "PLAIN"],
  ["server-time"],
  ["userhost-in-names"],
];

/** The capabilities of a server. @param hasAccounts whether clients can log in. */
export function capabilitiesOf(hasAccounts: boolean): ReadonlyMap<string, string | undefined> {
  return new Map(
    CAPABILITIES.filter(([name]) => hasAccounts || name !== "sasl")
      .map(([name, value]) => [name, value]),
  );
}

/** The words of CAP LS. @param hasValues whether the client reads values (version 302). */
export function capabilityList(
  capabilities: ReadonlyMap<string, string | undefined>,
  hasValues: boolean,
): string {
  return Array.from(
    capabilities,
    ([name, value]) => value === undefined || !hasValues ? name : `${name}=${value}`,
  ).join(" ");
}
