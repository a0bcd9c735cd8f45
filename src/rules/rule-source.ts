import { isMap, isNode, isScalar, LineCounter, type Document, type Node } from 'yaml';
import type { RuleProblem } from './rules-error.js';
import { sourceOffset } from './source-offset.js';

export type YamlPath = readonly (string | number)[];

/** A parsed rules file with the way back from a value to its line and column. */
export class RuleSource {
  constructor(
    readonly file: string,
    readonly text: string,
    readonly document: Document.Parsed,
    private readonly lines: LineCounter,
  ) {}

  /** The problem of a value; `offset` counts characters of the value, as a template's or an expression's error does. */
  problem(path: YamlPath, message: string, offset = 0): RuleProblem {
    const node = this.nearest(path);
    const start = node?.range?.[0] ?? 0;
    const value = isScalar(node) && typeof node.value === 'string' ? node.value : '';
    const position = offset > 0 ? start + sourceOffset(this.sourceOf(node), value, offset) : start;
    return this.problemAt(position, message, path);
  }

  /** The problem of a key rather than of its value. */
  keyProblem(path: YamlPath, key: string, message: string): RuleProblem {
    const parent = this.nearest(path);
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const start = isNode(pair?.key) ? pair.key.range?.[0] : parent?.range?.[0];
    return this.problemAt(start ?? 0, message, path);
  }

  problemAt(offset: number, message: string, path: YamlPath = []): RuleProblem {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line, column: col, rule: this.ruleName(path), message };
  }

  /** The value's own characters in the file. */
  sourceOf(node: Node | undefined): string {
    return node?.range ? this.text.slice(node.range[0], node.range[1]) : '';
  }

  nodeAt(path: YamlPath): Node | undefined {
    const node = this.document.getIn(path, true);
    return isNode(node) ? node : undefined;
  }

  private nearest(path: YamlPath): Node | undefined {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? this.document.contents : this.nodeAt(path.slice(0, length));
      if (node?.range) return node;
    }
    return undefined;
  }

  private ruleName(path: YamlPath): string | null {
    if (path[0] !== 'rules' || typeof path[1] !== 'number') return null;
    const topic = this.document.getIn(['rules', path[1], 'topic']);
    return typeof topic === 'string' && topic !== '' ? topic : `#${path[1] + 1}`;
  }
}
