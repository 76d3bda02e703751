import { useQuery } from '@tanstack/react-query';
import { Plug, Plus } from 'lucide-react';
import { useState } from 'react';
import { usePermission } from '@/features/session/api';
import { t } from './words';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Card, Empty, Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { DefaultModel } from './default-model';
import { LocalModels } from './local-models';
import { modelsQuery, providersQuery } from './models-api';
import { ProviderForm } from './provider-form';
import { ProviderRow } from './provider-row';

export function ModelsPage() {
  const mayWrite = usePermission('providers.write');
  const mayRead = usePermission('providers.read');
  // What stands last comes when nothing above it grows any more.
  const models = useQuery(modelsQuery);
  const providers = useQuery({ ...providersQuery, enabled: mayRead });
  const above = !models.isPending && !(mayRead && providers.isPending);
  return (
    <>
      <DefaultModel mayWrite={mayWrite} />
      {mayRead && <Providers mayWrite={mayWrite} />}
      {above && <LocalModels />}
    </>
  );
}

function Providers({ mayWrite }: { mayWrite: boolean }) {
  const providers = useQuery(providersQuery);
  const [adding, setAdding] = useState(false);
  const add = mayWrite && (
    <Button onClick={() => setAdding(true)}>
      <Plus size={15} />
      {t('provider.add')}
    </Button>
  );
  const items = providers.data?.items;
  return (
    <Section title={t('provider.title')} lead={t('provider.lead')} actions={items?.length ? add : undefined}>
      {providers.error && <ProblemBox error={providers.error} onRetry={() => void providers.refetch()} />}
      {providers.isPending && <SkeletonRows rows={2} />}
      {items?.length === 0 && (
        <Empty icon={<Plug size={24} />} title={t('provider.none')} text={t('provider.none.text')}>
          {add}
        </Empty>
      )}
      {items && items.length > 0 && (
        <Card>
          <ul className="divide-y divide-line">
            {items.map((provider) => (
              <ProviderRow key={provider.id} provider={provider} mayWrite={mayWrite} />
            ))}
          </ul>
        </Card>
      )}
      <Dialog open={adding} onOpenChange={setAdding} title={t('provider.add')}>
        <ProviderForm provider={null} onDone={() => setAdding(false)} />
      </Dialog>
    </Section>
  );
}
