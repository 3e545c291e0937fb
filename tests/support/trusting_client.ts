import { AUTHORITY } from "./certificates.ts";

/**
 * Connects as Ann in a process whose machine trusts the authority of the test certificates: the runtime
 * reads the authorities once a process.
 *
 * @param openTransport source text that makes the transport; `client` has the client library.
 * @returns all that it printed: the server's name or the code of the error comes last.
 */
export async function connectTrusting(port: number, openTransport: string): Promise<string> {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, AUTHORITY);
    const module = new URL("../../client/mod.ts", import.meta.url).href;
    const script = `
      const client = await import("${module}");
      const openTransport = ${openTransport};
      await client.ChatClient.connect({ port: ${port}, name: "Ann", openTransport }).then(
        ({ welcome }) => console.log(welcome.server),
        (error) => console.log(error.code),
      );
      Deno.exit();
    `;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", script],
      env: { SSL_CERT_FILE: file, DENO_TLS_CA_STORE: "system,mozilla" },
    }).output();
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(file);
  }
}
