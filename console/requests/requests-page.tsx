import { nameOf } from '../../client/words.ts';
import { useProviderKeys } from '../shell/api.tsx';
import { useRoute } from '../shell/route.ts';
import { RequestDetail } from './request-detail.tsx';
import { RequestList } from './request-list.tsx';

export function RequestsPage() {
  const { path } = useRoute();
  const { data: keys } = useProviderKeys();
  const name = (id: string | null) => {
    const key = keys?.find((each) => each.id === id);
    return key === undefined ? (id ?? '') : nameOf(key);
  };
  const [, id] = path;
  return id === undefined ? (
    <RequestList nameOf={name} keys={keys ?? []} />
  ) : (
    <RequestDetail key={id} id={id} nameOf={name} />
  );
}
