const WAYS: Readonly<Record<string, string>> = { up: '向上', down: '向下', left: '向左', right: '向右' };

/** What the canvas says to screen readers by itself. */
export const CANVAS = {
  'node.a11yDescription.default': '按 Enter 或空格键选择节点。按 Delete 移除，按 Esc 取消。',
  'node.a11yDescription.keyboardDisabled': '按 Enter 或空格键选择节点，然后可用方向键移动它。按 Delete 移除，按 Esc 取消。',
  'node.a11yDescription.ariaLiveMessage': ({ direction, x, y }: { direction: string; x: number; y: number }) =>
    `已将所选节点${WAYS[direction] ?? direction}移动。新位置：x ${x}，y ${y}`,
  'edge.a11yDescription.default': '按 Enter 或空格键选择连线，然后可按 Delete 移除，或按 Esc 取消。',
  'handle.ariaLabel': '连接点',
};
