/** The services of the benchmark on the reference SDK, whose module the argument names. */
import { createServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { answerBenchmark } from "../target/answering.ts";
import { createServices, type Sdk } from "../work/services.ts";

type ReferenceSdk = Sdk & {
  createEndpointHandler(options: {
    readonly services: readonly unknown[];
  }): (request: Http2ServerRequest, response: Http2ServerResponse) => void;
};

const sdk = (await import(pathToFileURL(process.argv[2] ?? "").href)) as ReferenceSdk;
// Not the SDK's own `serve`, which listens on all interfaces.
const server = createServer(sdk.createEndpointHandler({ services: createServices(sdk) }));
server.listen(0, "127.0.0.1", () => {
  answerBenchmark({ greeting: { port: (server.address() as AddressInfo).port } });
});
