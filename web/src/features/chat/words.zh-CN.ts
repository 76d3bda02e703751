import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'chat.citation': '引用 {number}，{document}',
  'chat.composer': '你的问题',
  'chat.composer.placeholder': '输入问题',
  'chat.copy': '复制回答',
  'chat.copyCode': '复制代码',
  'chat.diagram': '图示；可显示其源代码',
  'chat.image': '图片',
  'chat.new': '新对话',
  'chat.regenerate': '重新生成',
  'chat.searching': '正在检索文档',
  'chat.send': '发送',
  'chat.stop': '停止',
  'chat.stopped': '已停止',
  'chat.thinking': '正在处理',
  'chat.paused': '等待人工答复',
  'chat.trace': '查看运行过程',
  'chat.tokens': '{count} 词元',
  'chat.untitled': '未命名对话',
  'chat.writing': '正在撰写回答。',
  'chat.written': '回答已完成。',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
