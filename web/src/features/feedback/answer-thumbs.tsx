import { useQuery } from '@tanstack/react-query';
import { useMatch } from '@tanstack/react-router';
import { usePermission } from '@/features/session/api';
import { givenQuery } from './api';
import { Thumbs } from './thumbs';

/** The thumbs of an answer in one's own conversation; there are none where nobody is signed in. */
export default function AnswerThumbs({ run }: { run: string }) {
  const match = useMatch({ from: '/app/chat/$id', shouldThrow: false });
  return match ? <Own run={run} conversation={match.params.id} /> : null;
}

function Own({ run, conversation }: { run: string; conversation: string }) {
  const mayRate = usePermission('runs.rate');
  const { data } = useQuery({ ...givenQuery(conversation), enabled: mayRate });
  if (!mayRate) return null;
  return <Thumbs run={run} conversation={conversation} own={data?.find(({ run_id }) => run_id === run)} />;
}
