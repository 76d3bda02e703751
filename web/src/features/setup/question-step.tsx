import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { sendMessage } from '@/features/chat/api';
import { createConversation } from '@/features/chat/start-api';
import { Composer } from '@/features/chat/composer';
import { Starters } from '@/features/chat/starters';
import { t } from './words';
import { ProblemBox } from '@/ui/problem';

export function QuestionStep() {
  const navigate = useNavigate();
  const ask = useMutation({
    mutationFn: async (text: string) => {
      const conversation = await createConversation();
      await sendMessage(conversation.id, { text });
      return conversation.id;
    },
    onSuccess: (id) => navigate({ to: '/chat/$id', params: { id } }),
  });
  return (
    <div className="flex flex-col gap-5">
      <div>
        <h1 className="text-20 font-semibold tracking-[-0.01em]">{t('setup.question.title')}</h1>
        <p className="mt-1 text-fg-2">{t('setup.question.lead')}</p>
      </div>
      <Composer draftKey="setup" busy={ask.isPending} onSend={(text) => ask.mutate(text)} autoFocus />
      {ask.error && <ProblemBox error={ask.error} />}
      <Starters onChoose={(text) => ask.mutate(text)} />
      <Link to="/chat" className="self-start text-fg-2 underline underline-offset-2 hover:text-fg">
        {t('setup.question.skip')}
      </Link>
    </div>
  );
}
