/** Words of a meeting with somebody else at one draft. */
export default {
  'conflict.title': 'Somebody else changed this flow while you did.',
  'conflict.since': 'Their change was saved {ago}.',
  'conflict.apart': 'You changed different fields, so all changes can be kept.',
  'conflict.same.one': 'You both changed {count} field. Choose which it shall be; all other changes are kept.',
  'conflict.same.other': 'You both changed {count} fields. Choose which each shall be; all other changes are kept.',
  'conflict.both': 'Keep both',
  'conflict.chosen': 'Merge as chosen',
  'conflict.theirs': 'Load theirs',
  'conflict.theirs.title': 'Load what they saved?',
  'conflict.theirs.text': 'What you changed since then leaves the draft. Undo brings it back.',
  'conflict.theirs.do': 'Load theirs, drop mine',
  'conflict.copy': 'Keep mine as a copy',
  'conflict.mine': 'Mine',
  'conflict.others': 'Theirs',
  'conflict.gone': 'Taken away',
  'conflict.whole': 'All of it',
} as const;
