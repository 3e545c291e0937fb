import { hostPort } from "../protocol/mod.ts";

/** Why nobody can listen somewhere, and what to do about it, as one line. */
export function listenFault(
  { code, message }: { readonly code: string | undefined; readonly message: string },
  { host, port }: { readonly host: string; readonly port: number },
): string {
  return `Cannot listen on ${hostPort({ host, port })}: ${adviceOf(code, message, host, port)}`;
}

function adviceOf(code: string | undefined, message: string, host: string, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return `the port is in use. Try --port ${
        port < 65_535 ? port + 1 : 8080
      }, or stop the other server.`;
    case "EACCES":
    case "EPERM":
      return "permission denied. Ports below 1024 need an administrator; try --port 8080.";
    case "EADDRNOTAVAIL":
    case "EINVAL": // what Deno says of a foreign address
      return "this machine does not have that address. " +
        "Try --host 127.0.0.1, or --host 0.0.0.0 for all interfaces.";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `"${host}" is not an address that can be found. Try --host 127.0.0.1.`;
    default:
      return `${message}.`;
  }
}
