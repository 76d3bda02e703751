/** Why requests and runs fail, by the English text; gaps as those of problems. */
export const FAILURES: Readonly<Record<string, string>> = {
  'This flow has no input “{}”; it has: {}.': '此流程没有输入“{}”；它有：{}。',
  'The input “{}” is required.': '输入“{}”必须填写。',
  'The input “{}” must be {}.': '输入“{}”必须是{*}。',
  'The input “{}” may have at most {} characters.': '输入“{}”最多 {} 个字符。',
  'The file in the input “{}” has more than {} bytes. Add it to a knowledge base and give its id instead.':
    '输入“{}”中的文件超过 {} 字节。请将它添加到知识库，改为提供其 ID。',
  'The input “{}” must be one of: {}.': '输入“{}”必须是以下之一：{}。',
  'Item {} of the input “{}” must be {}.': '输入“{1}”的第 {0} 项必须是{2*}。',
  'The output “{}” was not set.': '输出“{}”没有设置。',
  'The output “{}” must be {}.': '输出“{}”必须是{*}。',
  'Item {} of the output “{}” must be {}.': '输出“{1}”的第 {0} 项必须是{2*}。',
  'The model called a tool, but it was given none. Choose another model.': '模型调用了工具，但没有给它工具。请换一个模型。',
  'The model\'s answer broke off. Try again.': '模型的回答中断了。请重试。',
  'The built-in model cannot write questions. Choose a model of a provider.': '内置模型不能改写问题。请选择供应商的模型。',
  'The model wrote more than a step may put out. Set max_tokens.': '模型写的内容超过了一个步骤可输出的上限。请设置“最多词元数”。',
  'No question of this conversation carries that file.': '此对话中没有问题带有该文件。',
  'The model\'s answer does not have the form that was asked for: {} Choose a model that can, or allow more repairs.':
    '模型的回答不是所要求的形式：{*} 请换一个能做到的模型，或增加修正次数。',
  'It is not JSON: {}.': '不是有效的 JSON：{}。',
  'At {}: {}.': '{} 处：{}。',
  'A picture must be a data: URL, an object with media_type and data, or a list of those.':
    '图片必须是 data: URL、含 media_type 和 data 的对象，或由它们组成的列表。',
  'A file must be text, an object with name and text, or a list of those.': '文件必须是文本、含 name 和 text 的对象，或由它们组成的列表。',
  '{} took longer than {} s.': '{} 用时超过 {} 秒。',
  '{} wrote no question. Choose another model.': '{} 没有写出问题。请换一个模型。',
  'There is no tool “{}”. There are: {}.': '没有工具“{}”。现有：{}。',
  'The model\'s answer was lost.': '模型的回答丢失了。',
  'The model called a tool again when it was asked to answer. Raise max_rounds or token_budget, or choose another model.':
    '要求模型回答时，它又调用了工具。请提高“最多轮数”或“词元预算”，或换一个模型。',
  '“{}” is no document\'s id; those begin with doc_.': '“{}”不是文档的 ID；文档的 ID 以 doc_ 开头。',
  'The items of each are not a list.': '遍历节点得到的不是列表。',
  '{} {} answered with the status {}.': '{} {} 的响应状态码为 {}。',
  'A value in the address is “{}”, which would lead elsewhere.': '地址中有一个值是“{}”，会通往别处。',
  'The header “{}” has a line break or another control character in its value. Remove it.':
    '请求头“{}”的值中有换行或其他控制字符。请移除。',
  'The items of list are not a list.': '列表节点得到的不是列表。',
  'The flow this step calls is not known here.': '此步骤调用的流程在这里不存在。',
  'The tool “{}” has no function.': '工具“{}”没有函数。',
  'The tool “{}” has several functions; name one of: {}.': '工具“{}”有多个函数；请指定以下之一：{}。',
  'This is no file. Give an object with name, media_type and data (base64), one with name and text, or a data: URL.':
    '这不是文件。请提供含 name、media_type 和 data（base64）的对象、含 name 和 text 的对象，或 data: URL。',
  'The data of the file is not base64. Encode its bytes as base64.': '文件的数据不是 base64。请将其字节编码为 base64。',
  'A template did too much work. Loop over fewer items.': '模板的工作量过大。请减少循环的项数。',
  'A template could not be rendered: {}.': '模板无法生成：{}。',
  'A template rendered more than 4 MiB. Use fewer or shorter values.': '模板生成的内容超过 4 MiB。请使用更少或更短的值。',
  'The code defines no function `main`. Write `function main(inputs) { return { … } }`.':
    '代码没有定义函数 `main`。请写 `function main(inputs) { return { … } }`。',
  'The code threw {}.': '代码抛出了 {}。',
  'The code has a NUL character in it. Remove it.': '代码中有 NUL 字符。请移除。',
  'The code made text that is no Unicode (half of a surrogate pair).': '代码生成了不符合 Unicode 的文本（半个代理对）。',
  'The code failed: {}.': '代码失败：{}。',
  'The code asks for {} MB of memory; this server allows {} MB (`code.memory_mb`). Ask for less.':
    '代码要求 {} MB 内存；此服务器允许 {} MB（`code.memory_mb`）。请降低要求。',
  'The inputs have {} bytes, too many for the code\'s memory of {} MB. Give it less, or raise `memory_mb`.':
    '输入有 {} 字节，超出了代码的 {} MB 内存。请减少输入，或提高“内存（MB）”。',
  'This server\'s kernel does not filter system calls, so no code is run (`code.require_filter`). Tell the operator.':
    '此服务器的内核不过滤系统调用，因此不运行代码（`code.require_filter`）。请告知运维人员。',
  'The code came to no readable result, so its worker was ended.': '代码没有给出可读的结果，其工作进程已被结束。',
  'The code crashed its interpreter, usually by using too much memory or recursion. Simplify it.':
    '代码使其解释器崩溃，通常是因为内存或递归过多。请简化代码。',
  'The worker that runs code could not be started. Try again in a moment.': '运行代码的工作进程未能启动。请稍后重试。',
  'The code defines no function `main`. Write `def main(inputs):` with a `return { … }`.':
    '代码没有定义函数 `main`。请写 `def main(inputs):`，并含有 `return { … }`。',
  'The inputs are nested too deeply for Python.': '输入的嵌套层数超出了 Python 的限制。',
  'What main returned has {} bytes; {} are allowed. Return less.': 'main 返回了 {} 字节，最多允许 {} 字节。请减少返回的内容。',
  'What main returned cannot be told as JSON.': 'main 返回的内容无法表示为 JSON。',
  'The code did not end within {} s. Look for a loop that does not end, or give it less to do.':
    '代码在 {} 秒内没有结束。请检查是否有不会结束的循环，或减少它的工作量。',
  'The code ran out of memory; it may use {} MB. Keep fewer or smaller values, or raise `memory_mb`.':
    '代码耗尽了内存；它最多可用 {} MB。请减少或缩小所保存的值，或提高“内存（MB）”。',
  'The run took more than {} steps and was stopped.': '运行超过 {} 个步骤，已被停止。',
  'The container took longer than its timeout of {} ms.': '容器用时超过了 {} 毫秒的超时限制。',
  'The step failed.': '步骤失败。',
  'Stopped, because the round it belonged to ended.': '已停止，因为它所属的那一轮已结束。',
  'The step put out more than {} KiB.': '步骤的输出超过 {} KiB。',
  'The run\'s values took more than {} KiB and it was stopped.': '运行的值超过 {} KiB，已被停止。',
  'Stopped, because the run ended.': '已停止，因为运行已结束。',
  'The step took longer than its timeout of {} ms.': '步骤用时超过了 {} 毫秒的超时限制。',
  'The server stopped while this run was at work, and its flow keeps no steps to go on from (durability: none). Start it again.':
    '运行期间服务器停止了，而此流程不保留可供继续的步骤（持久性：无）。请重新开始。',
  'The run took longer than {} s and was stopped.': '运行超过 {} 秒，已被停止。',
  'This is the flow “{}”, and the document names “{}”. Remove `slug`, or apply the document to that flow.':
    '这是流程“{}”，而文档写的是“{}”。请移除 `slug`，或将文档应用到那个流程。',
  '“{}” is not a slug. Use 1 to 64 small letters, digits and -, such as ask-the-handbook.':
    '“{}”不能用作短名。请使用 1 到 64 个小写字母、数字和 -，例如 ask-the-handbook。',
  'The flow calls more than {} others.': '此流程调用的其他流程超过 {} 个。',
  '“{}” is neither `draft` nor a revision\'s number.': '“{}”既不是 `draft`，也不是修订的编号。',
  'Revision {} is the published one already.': '修订 {} 已经是发布中的修订。',
  '“{}” is not published yet, so there is nothing to compare its draft with.': '“{}”尚未发布，没有可与草稿比较的修订。',
  'The message may have at most {} characters.': '说明最多 {} 个字符。',
  'The flow file cannot be read: {}.': '流程文件无法读取：{}。',
  'There is no such {}, or you may not see it.': '没有这个{*}，或你无权查看。',
  'Something went wrong on our side. Try again; if it persists, report the request id.': '我们这边出了问题。请重试；若仍然出现，请报告请求编号。',
  'The server\'s disk is full. Ask an operator to free space, then try again.': '服务器的磁盘已满。请联系运维人员释放空间后重试。',
  'The API key was refused by {}: it may not be used for this (403). Check what the key is allowed to do, or use another one.':
    '{} 拒绝了此 API 密钥：它不能用于此操作（403）。请检查密钥的权限，或换一个密钥。',
  '{} could not be asked: there is nothing at {} (404). Check the base URL; it usually ends in /v1.':
    '无法向 {} 提问：{} 处没有任何内容（404）。请检查基础 URL；它通常以 /v1 结尾。',
  'The account with {} has no credit left (429). Add credit with the vendor, or choose another model.':
    '{} 的账户余额不足（429）。请向供应商充值，或换一个模型。',
  '{} has a problem of its own ({}). Try again in a moment.': '{} 自身出了问题（{}）。请稍后重试。',
  '{} answered with a redirect ({}), which is not followed. Set the base URL to where it leads.':
    '{} 的响应是重定向（{}），不会跟随。请将基础 URL 设为它所指的地址。',
  '{} did not accept the request ({}). Check the model and its settings.': '{} 没有接受请求（{}）。请检查模型及其设置。',
  '{} took too long: {}. Try again, or choose a faster model.': '{} 用时过长：{}。请重试，或换一个更快的模型。',
  'The answer of {} broke off before it was complete. What arrived is kept; try again.':
    '{} 的回答在完成之前中断了。已收到的内容已保留；请重试。',
  '{} sent something that is not part of an answer. Check that the base URL and the kind of provider are right, then try again.':
    '{} 发来的内容不属于回答。请检查基础 URL 和供应商的种类，然后重试。',
  '{} answered with {} instead of a model\'s answer. Check the base URL, {}; it usually ends in /v1.':
    '{} 返回的是{}，而不是模型的回答。请检查基础 URL {}；它通常以 /v1 结尾。',
  'The API key was refused by {} (401). Paste the key again under Settings, Models, or make a new one with the vendor.':
    '{} 拒绝了此 API 密钥（401）。请在“设置”的“模型”中重新填写密钥，或向供应商申请新的密钥。',
  '{} asks for an API key (401). Add one under Settings, Models.': '{} 需要 API 密钥（401）。请在“设置”的“模型”中添加。',
  'The model is unknown: {} does not offer “{}”, or the base URL is wrong. Check the spelling; for Ollama, pull the model first.':
    '未知的模型：{} 没有提供“{}”，或基础 URL 有误。请检查拼写；如使用 Ollama，请先拉取该模型。',
  'Too many requests: {} asks to slow down (429). Try again {}.': '请求过多：{} 要求放慢速度（429）。请{*}重试。',
  '“{}” is not published yet. Publish it first.': '“{}”尚未发布。请先发布。',
  'Idempotency-Key must have 1 to 200 characters.': 'Idempotency-Key 须有 1 到 200 个字符。',
  'Only a run that failed or was cancelled is retried. Replay it instead.': '只有失败或被取消的运行可以重试。请改用重放。',
  'The flow has no node “{}” outside of containers; it has: {}.': '流程在容器之外没有节点“{}”；现有：{}。',
  'The draft has no node “{}” outside of containers.': '草稿在容器之外没有节点“{}”。',
  'This workspace runs {} flows at once already. Try again in a moment.': '此工作区已有 {} 个流程在同时运行。请稍后重试。',
  '`recent_runs` must be from 1 to {}.': '`recent_runs` 必须在 1 到 {} 之间。',
  'main returned nothing. Return an object with the declared outputs.': 'main 没有返回任何内容。请返回含有已声明输出的对象。',
  'main returned nothing. Return a dict with the declared outputs.': 'main 没有返回任何内容。请返回含有已声明输出的 dict。',
  'main waits for something that never happens: there are no timers and no network here.':
    'main 在等待不会发生的事：这里没有定时器，也没有网络。',
  'main returned more than {} levels of lists and dicts.': 'main 返回的列表和 dict 超过 {} 层。',
  'main returned {}, which JSON has no number for.': 'main 返回了 {}，JSON 无法表示这个数。',
  'main returned a dict with a key of type {}; keys must be text.': 'main 返回的 dict 有类型为 {} 的键；键必须是文本。',
  'main returned a value of type {}, which is no JSON. Return text, numbers, booleans, None, lists and dicts of them.':
    'main 返回了类型为 {} 的值，它不是 JSON。请返回文本、数字、布尔值、None，或由它们组成的列表和 dict。',
  'main returned a whole number that is too large for JSON. Return it as text: str(number).':
    'main 返回的整数过大，JSON 无法表示。请以文本返回：str(number)。',
  'Someone else changed this draft. Load it again and redo your change.': '他人已修改此草稿。请重新载入，再进行修改。',
  '{} must name a model as PROVIDER/MODEL, such as cohere/rerank-v3.5.':
    '“{@}”须以“供应商/模型”的形式写出模型，例如 cohere/rerank-v3.5。',
  'Another flow is called “{}”. Choose another slug, or change that flow instead.': '已有名为“{}”的流程。请换一个短名，或改为修改那个流程。',
  'in {} seconds': '{} 秒后',
  'in a second': '1 秒后',
  'The input “{}” must be at least {}.': '输入“{}”不能小于 {}。',
  'The input “{}” must be at most {}.': '输入“{}”不能大于 {}。',
  'main returned {}, not an object. Return an object with: {}.': 'main 返回的是{*}，不是对象。请返回含有以下内容的对象：{}。',
  'main returned “{}”, which is not declared. Declare it in `outputs`, or return only: {}.':
    'main 返回了未声明的“{}”。请在“输出”中声明它，或只返回：{}。',
  'main did not return “{}”, which is declared. Return: {}.': 'main 没有返回已声明的“{}”。请返回：{}。',
  'main returned {} as “{}”, which is declared as {}.': 'main 返回的“{1}”是{0*}，而它声明为{2*}。',
  'Item {}: {}': '第 {} 项：{*}',
  'Round {}: {}': '第 {} 轮：{*}',
  'Flow {}: {}': '流程 {}：{*}',
  'The tool “{}” failed: {}': '工具“{}”失败：{*}',
  '{} Before it: {}': '{*} 在此之前：{*}',
  '{} {} answered with the status {}. It says: “{}”': '{} {} 的响应状态码为 {}，内容为：“{}”',
  '{} could not be reached: {}': '无法连接到 {}：{}',
  'The code failed (line {}): {}': '代码失败（第 {} 行）：{}',
  'The run failed.': '运行失败。',
  'The question was searched for as it was asked: {}': '问题按原样检索：{*}',
  'One wording was searched for: {}': '只用一种问法检索：{*}',
};
