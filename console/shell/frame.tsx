import type { ComponentType } from 'preact';
import { lazy } from 'preact/compat';
import { useEffect, useRef } from 'preact/hooks';
import type { Role } from '../../client/role.ts';
import { KeysPage } from '../keys/keys-page.tsx';
import { Part } from '../parts/boundary.tsx';
import { hrefOf, useRoute } from './route.ts';
import { Mark } from './sign-in.tsx';

interface View {
  path: string;
  title: string;
  roles: Role[];
  Page: ComponentType;
}

/** What is not seen at first is loaded when it is opened, the charts of usage among it. */
const views: View[] = [
  { path: 'keys', title: 'Keys', roles: ['manage'], Page: KeysPage },
  {
    path: 'requests',
    title: 'Requests',
    roles: ['manage'],
    Page: lazy(async () => (await import('../requests/requests-page.tsx')).RequestsPage),
  },
  {
    path: 'usage',
    title: 'Usage',
    roles: ['manage', 'inference'],
    Page: lazy(async () => (await import('../usage/usage-page.tsx')).UsagePage),
  },
  {
    path: 'playground',
    title: 'Playground',
    roles: ['manage', 'inference'],
    Page: lazy(async () => (await import('../playground/playground-page.tsx')).PlaygroundPage),
  },
  {
    path: 'api-keys',
    title: 'API keys',
    roles: ['manage'],
    Page: lazy(async () => (await import('../api-keys/api-keys-page.tsx')).ApiKeysPage),
  },
  {
    path: 'workspaces',
    title: 'Workspaces',
    roles: ['operator'],
    Page: lazy(async () => (await import('../operator/workspaces-page.tsx')).WorkspacesPage),
  },
  {
    path: 'failures',
    title: 'Failures',
    roles: ['operator'],
    Page: lazy(async () => (await import('../operator/failures-page.tsx')).FailuresPage),
  },
  {
    path: 'alarms',
    title: 'Alarms',
    roles: ['operator'],
    Page: lazy(async () => (await import('../operator/alarms-page.tsx')).AlarmsPage),
  },
  {
    path: 'credentials',
    title: 'Credentials',
    roles: ['operator'],
    Page: lazy(async () => (await import('../operator/credentials-page.tsx')).CredentialsPage),
  },
  {
    path: 'prices',
    title: 'Prices',
    roles: ['operator'],
    Page: lazy(async () => (await import('../operator/prices-page.tsx')).PricesPage),
  },
  {
    path: 'changes',
    title: 'Changes',
    roles: ['operator'],
    Page: lazy(async () => (await import('../operator/changes-page.tsx')).ChangesPage),
  },
];

export function Frame({ role, leave }: { role: Role; leave: () => void }) {
  const { path } = useRoute();
  const own = views.filter(({ roles }) => roles.includes(role));
  const view = own.find((each) => each.path === path[0]) ?? own[0];
  const main = useRef<HTMLElement>(null);
  const opened = useRef(false);
  const current = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // On a narrow screen the views scroll sideways.
    current.current?.scrollIntoView({ block: 'nearest', inline: 'center' });
    document.title = `${view?.title} · Keyway`;
    // A change of view is told to screen readers by moving the focus there; the first view leaves it where it is.
    if (opened.current) main.current?.focus();
    opened.current = true;
  }, [view]);
  return (
    <div class="frame">
      <header class="side">
        <a class="brand" href={hrefOf([own[0]?.path ?? ''])}>
          <Mark /> Keyway
        </a>
        <nav aria-label="Views">
          <ul>
            {own.map(({ path: to, title }) => (
              <li key={to}>
                <a href={hrefOf([to])} {...(to === view?.path && { ref: current, 'aria-current': 'page' as const })}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <button type="button" class="button quiet leave" onClick={leave}>
          Sign out
        </button>
      </header>
      <main ref={main} tabIndex={-1} key={view?.path}>
        <Part rows={4}>{view && <view.Page />}</Part>
      </main>
    </div>
  );
}
