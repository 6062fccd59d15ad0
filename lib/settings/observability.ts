import type { SettingsReader } from './reader.ts';

/** Who hears of the gateway, and under which name its metrics are. */
export interface ObservabilitySettings {
  /** Gets the alarms, and word when a credential of the platform fails. */
  alarmEmail: string | null;
  /** Gets word when a tenant's provider key fails: it is the tenant's to mend, so not the address that wakes somebody. */
  keyHealthEmail: string | null;
  /** Alarms on what one workspace can cause by itself count the worst one, too: for a gateway that has one. */
  oneWorkspaceRings: boolean;
  /** CloudWatch's namespace of the gateway's own metrics. */
  metricsNamespace: string;
}

const email = /^[^\s@]+@[^\s@]+$/;

export function readObservability({ take, flag }: SettingsReader, stage: string): ObservabilitySettings {
  return {
    alarmEmail: take('alarmEmail', email, 'an e-mail address'),
    keyHealthEmail: take('keyHealthEmail', email, 'an e-mail address'),
    oneWorkspaceRings: flag('oneWorkspaceRings', false),
    metricsNamespace: `Keyway/${stage}`,
  };
}
