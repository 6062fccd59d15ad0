import { oneLine } from '../core/telemetry/one-line.ts';
import { createRequestLines, type RequestLines } from '../core/telemetry/request-lines.ts';
import type { Environment } from '../environment.ts';
import { definitions } from '../providers/registry.ts';

/* What the functions write to their log, and how. */

/** One entry in the function's log. Details are ours; nothing of a caller's input or a credential is in them. */
export function report(event: string, details: object): void {
  console.error(oneLine({ event, ...details }));
}

/**
 * Past the console, which Lambda wraps: CloudWatch finds metrics at the root of a line alone.
 * docs.aws.amazon.com/lambda/latest/dg/web-functions-emf.html ("directly to standard output")
 */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What tells of each request, in the form and with the namespace that the environment says. */
export function linesOf({ environment, print }: { environment: Environment; print(line: string): void }): RequestLines {
  const { requestLines, metricsNamespace } = environment;
  const providers = new Set<string>(definitions.map(({ name }) => name));
  return createRequestLines(requestLines, print, { namespace: metricsNamespace, providers });
}
