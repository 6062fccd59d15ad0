import { useQuery } from '@tanstack/preact-query';
import { itemsOf, type Schemas } from '../../client/client.ts';
import { State } from '../parts/controls.tsx';
import { useClient } from '../shell/api.tsx';

export type Workspace = Schemas['Workspace'];

export function useWorkspaces() {
  const client = useClient();
  return useQuery({
    queryKey: ['workspaces'],
    queryFn: async ({ signal }) => {
      const all: Workspace[] = [];
      const page = (cursor: string | undefined) =>
        client.GET('/v1/workspaces', {
          params: { query: { limit: '100', ...(cursor !== undefined && { cursor }) } },
          signal,
        });
      for await (const workspace of itemsOf(page)) all.push(workspace);
      return all;
    },
  });
}

export function StateOf({ its }: { its: Workspace }) {
  if (!its.enabled) return <State tone="bad">Switched off</State>;
  if (its.suspended) return <State tone="bad">Suspended</State>;
  return Number(its.available_usd) > 0 ? <State tone="ok">Active</State> : <State tone="warn">No credit</State>;
}
