/** What the server says of itself, by the English text; gaps as those of problems. */
export const CHECKS: Readonly<Record<string, string>> = {
  'The server accepts work.': '服务器正在接受工作。',
  'The server is shutting down.': '服务器正在关闭。',
  'Send requests to another replica, or wait for the restart.': '请将请求发往其他副本，或等待重启。',
  'The database answers.': '数据库有响应。',
  'The database does not answer.': '数据库没有响应。',
  'Start it, or check DATABASE_URL.': '请启动数据库，或检查 DATABASE_URL。',
  'The index directory is writable.': '索引目录可写。',
  'Fix its permissions, or free disk space.': '请修正其权限，或释放磁盘空间。',
  'The index in PostgreSQL answers.': 'PostgreSQL 中的索引有响应。',
  'Restart Headwater, which makes it when it is missing, or see the database\'s log.':
    '请重启 Headwater，缺少索引时会创建它；或查看数据库的日志。',
  'The index in Qdrant answers.': 'Qdrant 中的索引有响应。',
  'Start the Qdrant server, or check knowledge.qdrant_url and knowledge.qdrant_api_key.':
    '请启动 Qdrant 服务器，或检查 knowledge.qdrant_url 和 knowledge.qdrant_api_key。',
  'The default model is {}.': '默认模型为 {}。',
  'Choose a default model under Settings, Models.': '请在“设置”的“模型”中选择默认模型。',
};
