import { useQuery } from '@tanstack/react-query';
import type { Model } from '@/api/types';
import { usePermission } from '@/features/session/api';
import { modelsQuery } from '@/features/settings/models-api';

/** The models that the reader may choose for an answer; none where there is nothing to choose. */
export function useChatModels(): Model[] {
  const may = usePermission('chat.models');
  const { data } = useQuery({ ...modelsQuery, enabled: may });
  const models = (may ? data?.items : undefined)?.filter(({ kind, available }) => kind === 'chat' && available) ?? [];
  return models.length > 1 ? models : [];
}
