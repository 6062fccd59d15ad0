import { QueryClientProvider } from '@tanstack/preact-query';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ApiError } from '../../client/api-error.ts';
import { createClient } from '../../client/client.ts';
import { ClientContext, createQueries } from './api.tsx';
import { Frame } from './frame.tsx';
import { gatewayUrl, keepSession, keptSession, type Session } from './session.ts';
import { SignIn } from './sign-in.tsx';

export function App() {
  const [session, setSession] = useState<Session | null>(keptSession);
  const [ended, setEnded] = useState<ApiError | null>(null);
  const change = (next: Session | null, why: ApiError | null = null) => {
    keepSession(next);
    setSession(next);
    setEnded(why);
  };
  if (session === null) return <SignIn ended={ended} enter={(next) => change(next)} />;
  return <SignedIn key={session.key} session={session} leave={(why) => change(null, why)} />;
}

function SignedIn({ session, leave }: { session: Session; leave: (why: ApiError | null) => void }) {
  const client = useMemo(() => createClient({ baseUrl: gatewayUrl, key: () => session.key }), [session.key]);
  const queries = useMemo(() => createQueries(leave), [session.key]);
  useEffect(() => () => queries.clear(), [queries]);
  return (
    <QueryClientProvider client={queries}>
      <ClientContext.Provider value={client}>
        <Frame role={session.role} leave={() => leave(null)} />
      </ClientContext.Provider>
    </QueryClientProvider>
  );
}
