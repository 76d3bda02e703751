import { speak } from '@/i18n';

const words = {
  'refused.title': 'Your role may not see this',
  'secret.lead': 'Texts that flows and tools send, such as keys of other services. They are sealed and never shown again.',
  'secret.refused': 'Editors and above see which secrets there are; admins set them.',
  'secret.add': 'Add secret',
  'secret.none': 'No secret yet',
  'secret.none.text': 'Flows name a secret as secrets.NAME in the headers they send, tools choose it for theirs.',
  'secret.set': 'set {when}',
  'secret.change': 'Change {name}',
  'secret.name.hint': 'Letters, digits, _ and -, such as crm_key.',
  'secret.value': 'Text',
  'secret.value.hint': 'It is stored sealed. Whatever sends the secret sends this text from now on.',
  'secret.delete.text': 'Flows and tools that send it are refused from now on.',
  'value.delete': 'Delete {name}',
  'value.delete.title': 'Delete {name}?',
  'env.lead': 'Values that take the place of the flows’ own environment values of the same name. Runs that have begun keep theirs.',
  'env.add': 'Add value',
  'env.none': 'No value is set',
  'env.none.text': 'Flows use the values they bring along. Set one here to have it differ in this workspace.',
  'env.change': 'Change {name}',
  'env.name.hint': 'As flows read it: env.NAME.',
  'env.kind': 'Type',
  'env.kind.text': 'Text',
  'env.kind.json': 'Number, true or false, list or object, as JSON',
  'env.value': 'Value',
  'env.wrong': 'This is not JSON. Texts stand in "quotes".',
  'env.delete.text': 'Flows have their own value again.',
} as const;

export const { t: tv } = speak(words);
