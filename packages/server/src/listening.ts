/** Listening on an address that a user gave, with errors that say what to do. */
import type { AddressInfo, Server } from "node:net";

/** Listens on `host:port`; the result is the URL, with the port that was taken. */
export function listen(server: Server, address: string): Promise<string> {
  const { host, port } = parseAddress(address);
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, address));
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      const bound = server.address() as AddressInfo;
      const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
      resolve(`http://${name}:${bound.port}`);
    });
  });
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(":");
  const port = Number(address.slice(colon + 1));
  const hasPort = colon > 0 && address.length > colon + 1;
  if (!hasPort || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TypeError(`bad address ${JSON.stringify(address)}: write it as host:port`);
  }
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port };
}

function listenError(error: NodeJS.ErrnoException, address: string): Error {
  switch (error.code) {
    case "EADDRINUSE":
      return new Error(
        `address ${address} is in use by another program; stop it or choose another address`,
        { cause: error },
      );
    case "EACCES":
      return new Error(`not allowed to listen on ${address}; choose a port above 1023`, {
        cause: error,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new Error(`${address} is no address of this machine; try 127.0.0.1 or 0.0.0.0`, {
        cause: error,
      });
    default:
      return new Error(`cannot listen on ${address}: ${error.message}`, { cause: error });
  }
}
