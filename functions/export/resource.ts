import type { HrTime } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';

/** What all telemetry of one process says of itself. */
export interface Origin {
  resource: ReturnType<typeof resourceFromAttributes>;
  scope: { name: string };
  /** `gen_ai.provider.name` by the gateway's own name of a provider. */
  providerNames: Record<string, string>;
}

/** `instance`: unique to the process, since two that write the same series at once must not be taken for one (opentelemetry.io/docs/specs/otel/metrics/data-model/#single-writer). */
export function createOrigin(told: {
  instance: string;
  stage: string | null;
  region: string | null;
  providerNames: Record<string, string>;
}): Origin {
  return {
    resource: resourceFromAttributes(
      known({
        'service.name': 'keyway',
        'service.instance.id': told.instance,
        'deployment.environment.name': told.stage,
        'cloud.region': told.region,
      }),
    ),
    scope: { name: 'keyway' },
    providerNames: told.providerNames,
  };
}

export type Attribute = string | number | boolean | string[];

/** Without those that nothing is known of: an attribute has a value or is absent. */
export function known(attributes: Record<string, Attribute | null | undefined>): Record<string, Attribute> {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      (entry): entry is [string, Attribute] => entry[1] !== null && entry[1] !== undefined,
    ),
  );
}

/** Seconds and nanoseconds of epoch milliseconds. */
export function toHrTime(ms: number): HrTime {
  const whole = Math.floor(ms / 1000);
  return [whole, Math.round((ms - whole * 1000) * 1e6)];
}
