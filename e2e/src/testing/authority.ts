/** Certificates from an authority that nobody knows, made by `openssl`. */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Authority {
  /** The file with its certificate, for who is to trust it. */
  readonly file: string;
  /** Of a server at 127.0.0.1. */
  readonly tls: { readonly key: string; readonly cert: string };
}

/** Makes one in a directory. */
export async function createAuthority(directory: string): Promise<Authority> {
  const at = (name: string) => join(directory, name);
  const openssl = (text: string, ...rest: string[]) => {
    execFileSync("openssl", [...text.split(" "), ...rest], { stdio: "pipe", cwd: directory });
  };
  const newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  openssl(`req -x509 ${newKey} -days 2 -subj /CN=authority -keyout ca.key -out ca.pem`);
  openssl(`req ${newKey} -subj /CN=127.0.0.1 -keyout key.pem -out csr.pem`);
  await writeFile(at("names"), "subjectAltName=IP:127.0.0.1\n");
  const signed = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names";
  openssl(`x509 -req -in csr.pem ${signed} -out cert.pem`);
  const [key, cert] = await Promise.all([
    readFile(at("key.pem"), "utf8"),
    readFile(at("cert.pem"), "utf8"),
  ]);
  return { file: at("ca.pem"), tls: { key, cert } };
}
