import { parseAst } from 'vitest/node';

/** One small change of a source file. */
export interface Mutant {
  line: number;
  /** The line as it stands, without indentation: names the mutant together with the change. */
  code: string;
  /** `a → b` */
  change: string;
  /** The whole file with the change. */
  text: string;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

const operators: Record<string, string[]> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '==': ['!='],
  '!=': ['=='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '??=': ['='],
};

const methods: Record<string, string> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  ceil: 'floor',
  floor: 'ceil',
  round: 'floor',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
  findLast: 'find',
  find: 'findLast',
};
/** Calls that give something of the kind that they were called on. */
const steps = new Set([
  'filter',
  'slice',
  'sort',
  'reverse',
  'toLowerCase',
  'toUpperCase',
  'padStart',
  'padEnd',
  'replace',
  'replaceAll',
]);

/** Every mutant of a source text. Messages are left alone: what they say is for people. */
export function mutantsOf(source: string): Mutant[] {
  const found: Mutant[] = [];
  const put = (start: number, end: number, text: string) => {
    const line = source.slice(0, start).split('\n').length;
    const shown = (part: string) => part.replace(/\s+/g, ' ').slice(0, 60) || 'nothing';
    found.push({
      line,
      code: (source.split('\n')[line - 1] ?? '').trim(),
      change: `${shown(source.slice(start, end))} → ${shown(text)}`,
      text: source.slice(0, start) + text + source.slice(end),
    });
  };
  const textOf = (node: Node) => source.slice(node.start, node.end);

  const visit = (node: Node, parent: Node | null): void => {
    if (/^TS(?!As|NonNull|Satisfies)/.test(node.type) || node.type === 'ImportDeclaration') return;
    if (node.type === 'NewExpression') return;
    if (node.type === 'ThrowStatement') put(node.start, node.end, ';');
    mutate(node, parent);
    for (const [field, value] of Object.entries(node)) {
      if (field === 'typeAnnotation' || field === 'typeArguments' || field === 'returnType') continue;
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, node);
    }
  };

  const mutate = (node: Node, parent: Node | null): void => {
    const { type, start, end, operator } = node;
    const left = node.left as Node | undefined;
    const right = node.right as Node | undefined;
    if (/^(?:Binary|Logical|Assignment)Expression$/.test(type) && left && right) {
      const at = source.indexOf(String(operator), left.end);
      for (const other of operators[String(operator)] ?? []) put(at, at + String(operator).length, other);
      if (operator === '??') put(start, end, `(${textOf(left)})`);
    }
    if (type === 'UnaryExpression' && (operator === '!' || operator === '-')) put(start, start + 1, '');
    if (type === 'UpdateExpression') put(end - 2, end, operator === '++' ? '--' : '++');
    if (type === 'ConditionalExpression' || type === 'IfStatement') {
      const test = node.test as Node;
      put(test.start, test.end, 'true');
      put(test.start, test.end, 'false');
    }
    if (type === 'Literal' && !isKey(node, parent)) {
      if (typeof node.value === 'number') put(start, end, String(node.value + 1));
      if (typeof node.value === 'boolean') put(start, end, String(!node.value));
      if (typeof node.value === 'string') put(start, end, "'mutant'");
    }
    if (type === 'ArrayExpression' && (node.elements as unknown[]).length > 0) put(start, end, '[]');
    if (type === 'SpreadElement' && parent?.type === 'ObjectExpression') put(start, end, '...{}');
    if (type === 'ExpressionStatement' && !node.directive) put(start, end, ';');
    if (type === 'ContinueStatement') put(start, end, ';');
    if (type === 'CallExpression') call(node);
  };

  const call = (node: Node): void => {
    const callee = node.callee as Node;
    if (callee.type !== 'MemberExpression' || callee.computed === true) return;
    const property = callee.property as Node;
    const name = String(property.name);
    const other = methods[name];
    if (other !== undefined) put(property.start, property.end, other);
    if (steps.has(name)) put(node.start, node.end, `(${textOf(callee.object as Node)})`);
  };

  visit(parseAst(source, { lang: 'ts' }) as unknown as Node, null);
  return found;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

function isKey(node: Node, parent: Node | null): boolean {
  return parent !== null && parent.key === node;
}
