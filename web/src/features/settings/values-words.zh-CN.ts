import type { Complete } from '@/i18n/words';
import type en from './values-words.en';

const words = {
  'refused.title': '你的角色无权查看',
  'secret.lead': '流程和工具会发送的文本，例如其他服务的密钥。它们会被加密封存，不再显示。',
  'secret.refused': '编辑者及以上可以查看有哪些机密；管理员可以设置它们。',
  'secret.add': '添加机密',
  'secret.none': '还没有机密',
  'secret.none.text': '流程在发送的请求头中以 secrets.NAME 引用机密，工具则直接选用。',
  'secret.set': '设置于 {when}',
  'secret.change': '更改 {name}',
  'secret.name.hint': '字母、数字、_ 和 -，例如 crm_key。',
  'secret.value': '文本',
  'secret.value.hint': '它会被加密保存。从现在起，使用该机密的地方都会发送这段文本。',
  'secret.delete.text': '从现在起，发送它的流程和工具会被拒绝。',
  'value.delete': '删除 {name}',
  'value.delete.title': '删除 {name}？',
  'env.lead': '这些值会取代流程自身的同名环境变量。已经开始的运行不受影响。',
  'env.add': '添加值',
  'env.none': '尚未设置任何值',
  'env.none.text': '流程会使用自带的值。在这里设置后，此工作区即可使用不同的值。',
  'env.change': '更改 {name}',
  'env.name.hint': '流程中的写法：env.NAME。',
  'env.kind': '类型',
  'env.kind.text': '文本',
  'env.kind.json': '数字、布尔值、列表或对象，以 JSON 填写',
  'env.value': '值',
  'env.wrong': '这不是有效的 JSON。文本要放在 "引号" 中。',
  'env.delete.text': '流程将恢复使用自己的值。',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
