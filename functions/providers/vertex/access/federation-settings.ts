import type { StsSettings } from '../../sessions/assume-role.ts';

/** How the gateway proves itself to Google's pools: all of it the operator's, never a tenant's. */
export interface Federation extends StsSettings {
  /** The role whose sessions are named after workspaces; null: the operator has set up none. */
  roleArn: string | null;
  /** Google's Security Token Service: https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token. */
  exchangeUrl: string;
  /** https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
  credentialsUrl: string;
}
