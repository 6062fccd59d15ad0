import { parseArgs } from 'node:util';

/** What is not a price: how requests, streams and tenants are. Each may be given on the command line. */
const { values } = parseArgs({
  options: {
    /** GB of the inference function, as lib/stage.ts has it. */
    memory: { type: 'string', default: '0.5' },
    /** Seconds that a new environment takes to start (it is billed since August 2025), and requests that it then serves. */
    'init-seconds': { type: 'string', default: '0.6' },
    'requests-per-environment': { type: 'string', default: '500' },
    /** Bytes of an answer. */
    bytes: { type: 'string', default: '8000' },
    /** Read units of the admission: four items, strongly consistent, one unit for each 4 KB begun. */
    'admission-units': { type: 'string', default: '4' },
    /** Write units of a log record, 1 KB each. */
    'log-units': { type: 'string', default: '2' },
    /** Days that log records are kept, and lines of the functions. */
    'retention-days': { type: 'string', default: '30' },
    /** Share of requests that fail; each is one more write unit, in the index of failed requests. */
    'failed-share': { type: 'string', default: '0.02' },
    /** Secrets are kept in the process: one read for so many requests. */
    'requests-per-secret': { type: 'string', default: '100' },
    /** Records that an exporter takes at a time, how long it takes over them, its GB, and bytes of a record when compressed. */
    'records-per-batch': { type: 'string', default: '100' },
    'export-seconds': { type: 'string', default: '0.5' },
    'export-memory': { type: 'string', default: '0.5' },
    'export-bytes': { type: 'string', default: '300' },
    /** Bytes of the line that a request leaves, and of what Lambda (start, report) and API Gateway (access log) write of it. */
    'line-bytes': { type: 'string', default: '1400' },
    'other-line-bytes': { type: 'string', default: '1100' },
    /** Series of metrics that are in use: two providers with own and platform keys, and a few kinds of errors. */
    metrics: { type: 'string', default: '40' },
    /** Seconds of a stream, and milliseconds of CPU that the web server takes for it (`npm run bench:streams`). */
    'stream-seconds': { type: 'string', default: '20' },
    'stream-cpu-ms': { type: 'string', default: '6' },
    /** GB of an environment of the web function with its streams (`npm run bench:streams`: 121 MiB idle, 0.12 MiB a stream). */
    'web-memory': { type: 'string', default: '0.2' },
    /** Provider keys of a tenant, and bytes of its items in the configuration table. */
    'keys-per-tenant': { type: 'string', default: '1' },
    'tenant-bytes': { type: 'string', default: '4000' },
    /** Hours of a month in which a tenant has requests. */
    'active-hours': { type: 'string', default: '200' },
  },
});

export function assumption(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RangeError(`--${name} is no number.`);
}
