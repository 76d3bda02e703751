import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'prompts.title': '提示词',
  'prompts.lead': '可重复使用的提问文本。在对话输入框开头输入 / 即可列出。',
  'prompts.new': '新建提示词',
  'prompts.none': '还没有提示词',
  'prompts.none.text': '把常问的内容保存下来，用 {gap} 这样的空位标出每次不同的部分。',
  'prompts.none.found': '没有包含这些词的提示词。',
  'prompts.search': '搜索提示词',
  'prompts.choose': '使用提示词（/）',
  'prompts.list': '符合的提示词',
  'prompts.manage': '管理提示词',
  'prompts.keys': '↑ ↓ 选择 · Enter 插入 · Esc 关闭',
  'prompts.common': '全体成员',
  'prompts.by': '作者：{name}',
  'prompts.use': '使用',
  'prompts.use.of': '使用 {name}',
  'prompts.edit': '修改 {name}',
  'prompts.delete': '删除 {name}',
  'prompts.delete.title': '删除提示词 {name}？',
  'prompts.delete.own': '用它提过的问题会保留。',
  'prompts.delete.common': '所有成员都将无法再使用它。用它提过的问题会保留。',
  'prompts.save': '保存为提示词',
  'prompts.saved': '已保存为提示词。在对话中输入 / 即可列出。',
  'prompt.name': '名称',
  'prompt.text': '文本',
  'prompt.text.hint': '双花括号中的内容（如 {gap}）每次使用时会询问。',
  'prompt.variables': '会询问：{names}',
  'prompt.for': '谁能看到',
  'prompt.for.me': '只有我',
  'prompt.for.all': '工作区的全体成员',
  'fill.title': '“{name}”里要填什么？',
  'fill.insert': '插入',
  'fill.left': '留空的部分保持原样。',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
