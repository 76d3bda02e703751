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
  'The default model {} is not among those that {} offered last.': '默认模型 {} 不在 {} 最近一次提供的模型之中。',
  'Test its provider, or choose another default model, under Settings, Models, or with `headwater provider test NAME` and `headwater model default MODEL`.':
    '请在“设置”的“模型”中测试其提供方或另选默认模型，也可使用 `headwater provider test NAME` 和 `headwater model default MODEL`。',
  '{} is writable and private.': '{} 可写，且仅供自己读取。',
  '{} does not exist and cannot be created: {}.': '{} 不存在，也无法创建：{}。',
  '{} does not exist yet; the first start creates it.': '{} 还不存在；首次启动时会创建。',
  'The first start makes one.': '首次启动时会生成。',
  '{} is not a directory.': '{} 不是目录。',
  '{} cannot be written: {}.': '无法写入 {}：{}。',
  '{} can be read by other users (mode {}).': '其他用户可以读取 {}（权限 {}）。',
  '{} can be read by other users.': '其他用户可以读取 {}。',
  'Give it to the user that runs Headwater: chown -R USER {}.': '请把它交给运行 Headwater 的用户：chown -R USER {}。',
  'Choose another with --data.': '请用 --data 另选一个。',
  'The secret key comes from the configuration.': '密钥来自配置。',
  '{} is private.': '{} 仅供自己读取。',
  '{} cannot be read: {}.': '无法读取 {}：{}。',
  'Restore it from where it was kept: without it, stored provider keys cannot be read.':
    '请从保存之处恢复它：没有它，就无法读取已存储的提供方密钥。',
  'The schema is up to date.': '数据库结构是最新的。',
  'The schema lacks {}.': '数据库结构缺少 {}。',
  'Restart Headwater, which applies what is missing, or see its log.': '请重启 Headwater，它会补上缺少的部分；或查看其日志。',
};
