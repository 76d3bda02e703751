import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'api.title': '{name} 的 API',
  'api.lead': '程序通过 HTTP 运行这个流程。每次调用都是一次运行，会出现在运行列表中。',
  'api.back': '返回流程',
  'api.unpublished': '这个流程尚未发布。程序运行的是已发布的修订版；在此之前，调用会被拒绝。',
  'api.revision': '程序运行的是修订版 {number}。',
  'api.key': '需要 API 密钥',
  'api.key.text': '创建一个带有“run”权限范围的密钥，并放入环境变量 HEADWATER_KEY。',
  'api.key.create': '创建密钥',
  'api.inputs': '输入',
  'api.inputs.none': '这个流程不需要输入。',
  'api.inputs.text': '在这里输入的内容也会出现在示例中。',
  'api.try': '试一试',
  'api.try.text': '以你的身份运行已发布的流程，并等待结束。',
  'api.result': '结果',
  'api.result.run': '打开运行',
  'api.reply': '回复',
  'api.outputs': '输出',
  'api.examples': '示例',
  'api.mode': '等待方式',
  'api.mode.invoke': '等到结束',
  'api.mode.stream': '流式事件',
  'api.language': '示例的语言',
  'api.copy': '复制示例',
  'api.other': '其他方式',
  'api.other.runs': '启动一次运行并立即返回；运行会自行继续。',
  'api.other.batch': '用最多 100 组输入运行流程。',
  'api.reference': '完整 API 参考',
  'api.share': '给人使用',
  'api.share.text': '将流程分享为独立页面，或用一行代码嵌入其他网站。',
  'api.share.go': '分享或嵌入',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
