/**
 * A host and a port as one text that can be given back: `127.0.0.1:8080`, `[::1]:8080`. An IPv6 address
 * has brackets around it (RFC 3986, section 3.2.2).
 */
export function hostPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
