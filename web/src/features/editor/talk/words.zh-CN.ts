import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'talk.label': '与草稿对话',
  'talk.log': '问题与回答',
  'talk.empty': '与当前的草稿对话。每个问题都会带着之前的对话运行一次草稿；只有你能看到。',
  'talk.startOver': '重新开始',
  'talk.noQuestion': '此流程没有可填入问题的文本输入。请添加一个名为 question 的输入。',
  'talk.needs': '运行还需要：{names}。',
  'talk.inputs': '其他输入',
  'talk.variables': '变量',
  'talk.variables.text': '对话目前记住的内容。下一个问题会从这里的值开始。',
  'talk.changed': '已修改',
  'talk.blank': '空',
  'talk.draw': '在画布上显示',
  'talk.drawn': '已在画布上显示',
  'talk.again': '再问一次',
  'talk.noReply': '此次运行没有给出回复。',
  'talk.lost': '连接已断开，恢复后回答会继续。',
  'talk.unsent': '问题没有送达。',
  'talk.failed': '运行失败。',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
