import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { flowQuery } from '@/features/flows/api';
import { usePermission } from '@/features/session/api';
import { retold } from '@/features/said/said';
import { t } from '@/i18n';
import { ProblemBox } from '@/ui/problem';
import { SkeletonRows } from '@/ui/skeleton';
import { useDocumentTitle } from '@/ui/use-document-title';
import { placesQuery, schemaQuery } from './api';
import { Desk } from './desk';

/** How often is looked whether somebody else changed the flow, in milliseconds. */
const LOOK = 5000;

export function EditorPage() {
  const { id } = useParams({ from: '/app/flows/$id' });
  return <OpenFlow key={id} id={id} />;
}

function OpenFlow({ id }: { id: string }) {
  const flow = useQuery({ ...flowQuery(id), staleTime: 0, refetchInterval: LOOK });
  const schema = useQuery(schemaQuery);
  const placed = useQuery({ ...placesQuery(flow.data), enabled: flow.data !== undefined });
  const mayWrite = usePermission('flows.write');
  const mayRead = usePermission('flows.read');
  useDocumentTitle(flow.data?.name ?? t('nav.flows'));
  const error = flow.data ? schema.error : (flow.error ?? schema.error);
  // Who may do what is known before the desk is laid.
  if (flow.data && schema.data && placed.data && (mayRead || mayWrite)) return <Desk flow={flow.data} schema={schema.data} readOnly={!mayWrite} />;
  return (
    <div className="p-5">
      {error ? (
        <ProblemBox
          error={retold(error)}
          onRetry={() => {
            void flow.refetch();
            void schema.refetch();
          }}
        />
      ) : (
        <SkeletonRows />
      )}
    </div>
  );
}
