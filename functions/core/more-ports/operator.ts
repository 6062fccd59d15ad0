/* Ports as those of ports.ts, of what operators alone look at. */

/** A platform secret as Secrets Manager describes it: never its value. */
export interface DescribedSecret {
  /** The version that is AWSCURRENT; null: it holds no value yet. */
  version: string | null;
  /** ISO 8601. */
  changedAt: string;
  /** Until when it can be brought back, ISO 8601; null: nobody has deleted it. */
  deletedOn: string | null;
}

export interface PlatformSecrets {
  /** What the secret of a provider's platform credential is called. */
  nameOf(provider: string): string;
  /** Null: there is none. Throws `SecretUnavailable`. */
  describe(provider: string): Promise<DescribedSecret | null>;
}

export interface Alarm {
  name: string;
  description: string;
  state: 'ok' | 'alarm' | 'insufficient_data';
  /** Since when it has been in this state, ISO 8601. */
  since: string | null;
  /** CloudWatch's own words. */
  reason: string;
  /** Whether anybody is told when it rings. */
  notifies: boolean;
}

export interface Alarms {
  /** Throws `AlarmsUnavailable`. */
  list(): Promise<Alarm[]>;
}

/** The message says what failed, with nothing of the request. */
export class AlarmsUnavailable extends Error {
  /** Refused for want of a permission, or not answered. */
  readonly kind: 'denied' | 'unreachable';

  constructor(kind: AlarmsUnavailable['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
