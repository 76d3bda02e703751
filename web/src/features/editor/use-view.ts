import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

type View = 'canvas' | 'list';

/** Whether the graph is drawn or listed, as the address says; where there is little room it is listed. */
export function useView(): [View, (view: View) => void] {
  const { list } = useSearch({ from: '/app/flows/$id' });
  const navigate = useNavigate({ from: '/flows/$id' });
  const [usual] = useState<View>(() => (matchMedia('(max-width: 767px)').matches ? 'list' : 'canvas'));
  const view = list === undefined ? usual : list === 'no' ? 'canvas' : 'list';
  const put = (next: View) => void navigate({ search: (before) => ({ ...before, list: next === usual ? undefined : next === 'list' ? 'yes' : 'no' }), replace: true });
  return [view, put];
}
