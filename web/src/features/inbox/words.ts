import { speak } from '@/i18n';

const words = {
  'inbox.title': 'Inbox',
  'inbox.lead': 'What runs wait for: your decisions, and what only you know.',
  'inbox.none': 'Nothing waits for you',
  'inbox.none.text': 'When a flow asks a person, the question is here until somebody answers it.',
  'inbox.run': 'See the run',
  'inbox.link': 'Make a link',
  'inbox.link.title': 'A link that answers this',
  'inbox.link.text': 'For somebody without an account. Whoever has it may answer, once.',
  'inbox.link.for': 'Who it is for',
  'inbox.link.for.hint': 'The answer is told to be theirs.',
  'inbox.link.lasts': 'It lasts',
  'inbox.link.hours': '{count} hours',
  'inbox.link.day': 'a day',
  'inbox.link.days': '{count} days',
  'inbox.link.make': 'Make the link',
  'inbox.link.secret': 'Send it as you would a password. It is shown only now, and lasts until {when}.',
  'inbox.answered': 'Answered',
  'wait.asked': 'asked {when}',
  'wait.deadline': 'until {when}',
  'wait.for': 'for {who}',
  'answer.title': 'You are asked',
  'answer.done': 'Thank you',
  'answer.done.text': 'Your answer was taken. You may close this page.',
  'answer.gone': 'This link cannot be used',
  'answer.from': 'Asked by the flow {flow}.',
} as const;

export const { t: ti } = speak(words);
