import * as v from 'valibot';
import { auditOutcomes } from '../../core/audit-record.ts';
import { ulidPattern } from '../../core/ids.ts';
import { failureKinds } from '../../core/routing/failure.ts';
import { digits, time } from '../schemas.ts';
import { text } from './models.ts';

/* What the lists take in their queries. Unknown names are left alone. */

const id = (prefix: string, message: string) =>
  v.pipe(v.string(), v.regex(new RegExp(`^${prefix}_${ulidPattern}$`), message));
/** A cursor is the id of the last item that was shown or looked at: it says where to go on, never whose records. */
const paging = (prefix: 'pk' | 'ak' | 'ws' | 'req') => ({
  limit: v.optional(digits(1, 100), '20'),
  cursor: v.optional(id(prefix, 'must be a next_cursor of an earlier answer')),
});
const workspace = { workspace_id: v.optional(id('ws', 'must be the id of a workspace, ws_…')) };
const span = { from: v.optional(time('start')), to: v.optional(time('end')) };

export const providerKeyPage = v.object(paging('pk'));
export const apiKeyPage = v.object(paging('ak'));
export const workspacePage = v.object(paging('ws'));
export const modelPage = v.object({ limit: v.optional(digits(1, 100)), cursor: v.optional(text(1000)) });
/** The cursor is a model's id. */
export const priceQuery = v.object({ limit: v.optional(digits(1, 100), '20'), cursor: v.optional(text(1000)) });
export const logQuery = v.object({
  ...workspace,
  ...span,
  status: v.optional(text(50)),
  kind: v.optional(v.picklist(failureKinds)),
  model: v.optional(text(1000)),
  provider: v.optional(text(50)),
  credential: v.optional(v.picklist(['byok', 'platform'])),
  provider_key_id: v.optional(text(50)),
  api_key_id: v.optional(text(50)),
  provider_request_id: v.optional(text(300)),
  ...paging('req'),
});
export const logFind = v.object(workspace);
/** Pages are for operators, who ask across workspaces. */
export const usageQuery = v.object({ ...workspace, ...span, ...paging('ws') });
export const auditQuery = v.object({
  ...workspace,
  ...span,
  actor: v.optional(text(200)),
  operation: v.optional(text(100)),
  outcome: v.optional(v.picklist(auditOutcomes)),
  ...paging('req'),
});
