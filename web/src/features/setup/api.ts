import { queryOptions } from '@tanstack/react-query';
import { call, client } from '@/api/client';

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: () => call(client.GET('/api/v1/setup')),
  staleTime: 0,
  gcTime: 0,
});
