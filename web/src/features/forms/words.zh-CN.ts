import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'form.lines': '每行一项。',
  'form.json': '以 JSON 填写。',
  'form.choose': '请选择…',
  'form.optional': '可选',
  'wrong.required': '此项必填。',
  'wrong.number': '请填写数字。',
  'wrong.whole': '请填写整数。',
  'wrong.json': '这不是有效的 JSON。文本要放在 "引号" 中。',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
