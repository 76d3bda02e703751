import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'versions.title': '{name} 的版本',
  'versions.from': '从',
  'versions.to': '到',
  'versions.draft': '草稿',
  'versions.graph': '两个版本的图',
  'versions.fields': '变化内容',
  'versions.show': '图',
  'versions.show.flow': '整个流程',
  'versions.show.inside': '{name} 内部',
  'versions.load': '将 v{number} 载入草稿',
  'versions.load.text': '草稿将变为 v{number} 的内容。已发布的版本不变。',
  'versions.loaded': '草稿已恢复为 v{number}。',
  'versions.address': '这个地址没有指明两个版本。它的格式是 …/versions/1..draft。',
  'versions.legend': '图中的标记',
  'versions.changed': '它的改动',
  'versions.see': '查看',
  'versions.none': '还没有版本',
  'versions.none.go': '前往草稿',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
