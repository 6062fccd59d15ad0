import type { AddressInfo } from 'node:net';
import { totalmem } from 'node:os';
import { print, report } from './composition/log-output.ts';
import { inferenceRuntime, shell } from './composition/runtime.ts';
import { nameOf } from './core/errors.ts';
import { readEnvironment } from './environment.ts';
import { createLoad } from './http/web/load.ts';
import { createWebServer } from './http/web/server.ts';
import { createSlots } from './http/web/slots.ts';
import { serveInference } from './operations/inference.ts';

/*
 * The inference endpoints as a web server that serves many requests at once: in a container behind a load balancer, or as a Lambda
 * Web Function.
 */

/** As API Gateway's payload quota; what a request may hold is checked where it is read. */
const bodyLimit = 10 * 1024 * 1024;
const closingMs = { container: 15_000, webFunction: 400 };
const measureEveryMs = 60_000;

const { web, metricsNamespace } = readEnvironment();
const slots = createSlots(web.maxInFlight);
// What the container may use, where there is such a limit.
const limit = process.constrainedMemory();
const load = createLoad(limit > 0 ? Math.min(limit, totalmem()) : totalmem());
const { server, drain, running } = createWebServer({
  serve: serveInference(inferenceRuntime()),
  shell: shell(),
  ...{ slots, load, bodyLimit, trustedProxies: web.trustedProxies },
});

server.listen(web.port, web.host, () =>
  report('web_server_started', { host: web.host, port: (server.address() as AddressInfo).port }),
);
setInterval(() => print(JSON.stringify(measured())), measureEveryMs).unref();

/**
 * What the process is busy with, in the embedded metric format:
 * docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
function measured() {
  const metrics = { web_in_flight: slots.inUse(), web_running: running(), ...load.measure() };
  const CloudWatchMetrics = [
    { Namespace: metricsNamespace, Dimensions: [[]], Metrics: Object.keys(metrics).map((Name) => ({ Name })) },
  ];
  return { event: 'web_server', ...metrics, _aws: { Timestamp: Date.now(), CloudWatchMetrics } };
}

let stopping = false;
async function stop(reason: string, code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  report('web_server_stops', { reason, running: running() });
  await drain(web.drainMs, web.drainMs < 1000 ? closingMs.webFunction : closingMs.container);
  process.exit(code);
}
process.on('SIGTERM', () => void stop('SIGTERM', 0));
process.on('SIGINT', () => void stop('SIGINT', 0));
// Nothing can be known of the process's state, but the other requests' records are worth a try.
process.on('uncaughtException', (error: unknown) => void stop(`uncaught ${nameOf(error)}`, 1));
process.on('unhandledRejection', (error) => report('unhandled_rejection', { error: nameOf(error) }));
