import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'setup.title': '设置 Headwater',
  'setup.steps': '步骤',
  'setup.step.owner': '你的账户',
  'setup.step.model': '模型',
  'setup.step.question': '第一个问题',
  'setup.owner.title': '创建所有者账户',
  'setup.owner.lead': '你是这里的第一位用户。此账户拥有全部权限；之后可以再添加其他人。',
  'setup.owner.submit': '创建账户',
  'setup.code': '设置码',
  'setup.code.hint': '服务器启动时会打印它，用来确认你就是服务器的管理者。',
  'setup.workspace.hint': '此安装所服务的团队或用途。',
  'setup.model.title': '选择由什么来撰写回答',
  'setup.model.lead': '之后可随时在“设置 → 模型”中更改。',
  'setup.model.builtin': '内置',
  'setup.model.builtin.text': '用文档中最匹配的句子作答，并逐条注明出处。无需密钥，无需网络。',
  'setup.model.vendor': '使用密钥的提供商',
  'setup.model.vendor.text': 'OpenAI、Anthropic，或兼容其中一种 API 的服务。',
  'setup.model.local': '自己的模型服务器',
  'setup.model.local.text': '运行在本机或内网中的 Ollama、LM Studio、vLLM 或 llama.cpp。',
  'setup.model.later': '以后再说，先使用内置模型',
  'setup.continue': '继续',
  'setup.question.title': '提出第一个问题',
  'setup.question.lead': '手册已经在这里了：它包含 Headwater 自己的使用指南。',
  'setup.question.skip': '跳过，前往对话',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
