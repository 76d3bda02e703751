import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'inbox.title': '收件箱',
  'inbox.lead': '运行在等待的事：你的决定，以及只有你知道的信息。',
  'inbox.none': '没有事项在等你',
  'inbox.none.text': '流程需要询问某人时，问题会出现在这里，直到有人答复。',
  'inbox.run': '查看运行',
  'inbox.link': '生成链接',
  'inbox.link.title': '用于答复的链接',
  'inbox.link.text': '给没有账户的人使用。持有链接的人可以答复一次。',
  'inbox.link.for': '给谁',
  'inbox.link.for.hint': '答复会记在此人名下。',
  'inbox.link.lasts': '有效期',
  'inbox.link.hours': '{count} 小时',
  'inbox.link.day': '一天',
  'inbox.link.days': '{count} 天',
  'inbox.link.make': '生成链接',
  'inbox.link.secret': '请像对待密码一样发送它。它只在此时显示，有效期至 {when}。',
  'inbox.answered': '已答复',
  'wait.asked': '提问于 {when}',
  'wait.deadline': '截止 {when}',
  'wait.for': '给 {who}',
  'wait.others': '正在等待有权答复的人。',
  'answer.title': '有事询问你',
  'answer.done': '谢谢',
  'answer.done.text': '你的答复已收到。可以关闭此页面了。',
  'answer.gone': '此链接无法使用',
  'answer.from': '由流程 {flow} 提出。',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
