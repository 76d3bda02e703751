import type { Complete } from '@/i18n/words';
import type en from './merge-words.en';

const words = {
  'conflict.title': '在你修改此流程的同时，他人也修改了它。',
  'conflict.since': '对方的修改保存于{ago}。',
  'conflict.apart': '你们修改的是不同的字段，所有修改都可以保留。',
  'conflict.same.other': '你们都修改了 {count} 个字段。请为每个字段选择保留哪一方，其余修改都会保留。',
  'conflict.both': '两者都保留',
  'conflict.chosen': '按所选合并',
  'conflict.theirs': '载入对方的',
  'conflict.theirs.title': '载入对方保存的内容？',
  'conflict.theirs.text': '你在那之后的修改将从草稿中移除。可通过撤销恢复。',
  'conflict.theirs.do': '载入对方的，放弃我的',
  'conflict.copy': '将我的另存为副本',
  'conflict.mine': '我的',
  'conflict.others': '对方的',
  'conflict.gone': '已移除',
  'conflict.whole': '整体',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
