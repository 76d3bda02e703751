import { Component, type ReactNode } from 'react';

interface AsWrittenProps {
  text: string;
  children: ReactNode;
}

interface State {
  failed: boolean;
  text: string;
}

/** Shows a text as it was written when what should draw it fails; another text gets its own try. */
export class AsWritten extends Component<AsWrittenProps, State> {
  override state: State = { failed: false, text: this.props.text };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true };
  }

  static getDerivedStateFromProps({ text }: AsWrittenProps, before: State): State | null {
    return before.text === text ? null : { failed: false, text };
  }

  override render(): ReactNode {
    if (this.state.failed) return <p className="whitespace-pre-wrap">{this.props.text}</p>;
    return this.props.children;
  }
}
