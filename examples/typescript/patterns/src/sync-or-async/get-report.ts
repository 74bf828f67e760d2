/** The side of whoever wants a report. */
import { connect, HttpCallError, Opts, SendOpts, serde } from "@rejoin/client";
import { type ReportRequest, report } from "./report.ts";

export interface Impatience {
  /** One id is one report, however often it is asked for. */
  readonly id: string;
  readonly address: string;
  readonly patienceMs: number;
}

/** The address of the report; `undefined` if it will come by mail. */
export async function getReport(
  ingressUrl: string,
  request: ReportRequest,
  { id, address, patienceMs }: Impatience,
): Promise<string | undefined> {
  const ingress = connect({ url: ingressUrl });
  const client = ingress.workflowClient(report, id);
  await client.workflowSubmit(request);
  try {
    return await client.workflowAttach(Opts.from<void, string>({ timeout: patienceMs }));
  } catch (error) {
    // An answer: there is no report to wait for.
    if (error instanceof HttpCallError) throw error;
  }
  const mailTo = { service: report.name, key: id, handler: "mailTo" };
  const opts = SendOpts.from<string>({ input: serde.json });
  await ingress.send({ ...mailTo, parameter: address, opts });
  return undefined;
}
