import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'palette.title': '跳转或执行',
  'palette.placeholder': '对话、流程、页面、运行编号…',
  'palette.results': '匹配结果',
  'palette.none': '没有名称匹配的内容。',
  'palette.untitled': '未命名对话',
  'palette.run': '打开 {id}',
  'palette.group.action': '操作',
  'palette.group.page': '页面',
  'palette.group.chat': '对话',
  'palette.group.message': '消息',
  'palette.group.flow': '流程',
  'palette.group.knowledge': '知识库',
  'palette.group.run': '运行',
  'action.newChat': '新对话',
  'action.dark': '深色主题',
  'action.light': '浅色主题',
  'help.title': '键盘快捷键',
  'help.off': '单键快捷键已关闭。可在“设置 → 外观”中开启。',
  'help.everywhere': '全局',
  'help.palette': '跳转或执行任意操作',
  'help.search': '搜索',
  'help.help': '打开此列表',
  'help.go': '前往：{page}',
  'help.lists': '列表',
  'help.next': '下一项',
  'help.select': '选择（在可选择的列表中）',
  'help.previous': '上一项',
  'help.choose': '选择一次运行',
  'help.open': '打开',
  'help.send': '发送',
  'help.line': '换行',
  'help.stop': '停止回答',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
