import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'home.title': '首页',
  'home.hello': '你好，{name}',
  'home.all': '全部',
  'home.chats': '最近的对话',
  'home.chats.none': '还没有对话。',
  'home.chats.untitled': '未命名对话',
  'home.flows': '最近的流程',
  'home.flows.none': '还没有流程。',
  'home.flow.revision': '修订 {number}',
  'home.flow.draft': '草稿',
  'home.runs': '最近的运行',
  'home.runs.none': '还没有任何运行。',
  'home.failing': '过去 24 小时内的失败',
  'home.waiting.other': '{count} 个运行在等待答复',
  'home.waiting.more': '至少 {count} 个运行在等待答复',
  'steps.title': '从这里开始',
  'steps.done': '已完成 {done} / {all}',
  'steps.hide': '隐藏',
  'steps.item.done': '已完成',
  'steps.model': '连接模型',
  'steps.model.text': '在此之前由内置模型作答。',
  'steps.question': '提一个问题',
  'steps.question.text': '可以先问问手册。',
  'steps.documents': '添加自己的文档',
  'steps.documents.text': '回答会以它们为依据，并附引用。',
  'steps.member': '添加成员',
  'steps.member.text': '一起使用同样的流程和文档。',
  'steps.key': '创建 API 密钥',
  'steps.key.text': '程序用它来运行你的流程。',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
