import ts from 'typescript';

/** @typedef {(...values: (string | number)[]) => number} PureFunction What constants may be computed with. */

const { SyntaxKind } = ts;

/** @type {ReadonlyMap<ts.SyntaxKind, (a: number, b: number) => number>} */
const BINARY = new Map([
  [SyntaxKind.PlusToken, (/** @type {number} */ a, /** @type {number} */ b) => a + b],
  [SyntaxKind.MinusToken, (a, b) => a - b],
  [SyntaxKind.AsteriskToken, (a, b) => a * b],
  [SyntaxKind.AsteriskAsteriskToken, (a, b) => a ** b],
  [SyntaxKind.SlashToken, (a, b) => a / b],
  [SyntaxKind.PercentToken, (a, b) => a % b],
  [SyntaxKind.AmpersandToken, (a, b) => a & b],
  [SyntaxKind.BarToken, (a, b) => a | b],
  [SyntaxKind.CaretToken, (a, b) => a ^ b],
  [SyntaxKind.LessThanLessThanToken, (a, b) => a << b],
  [SyntaxKind.GreaterThanGreaterThanToken, (a, b) => a >> b],
  [SyntaxKind.GreaterThanGreaterThanGreaterThanToken, (a, b) => a >>> b],
]);

/** @type {ReadonlyMap<ts.SyntaxKind, (a: number) => number>} */
const UNARY = new Map([
  [SyntaxKind.PlusToken, (/** @type {number} */ a) => a],
  [SyntaxKind.MinusToken, (a) => -a],
  [SyntaxKind.TildeToken, (a) => ~a],
]);

/**
 * The number that an expression is, if numbers, `constants` and `functions` say so.
 *
 * @param {ts.Expression} node
 * @param {ReadonlyMap<string, number>} constants
 * @param {ReadonlyMap<string, PureFunction>} functions
 * @returns {number | undefined}
 */
export function evaluate(node, constants, functions) {
  const value = (/** @type {ts.Expression} */ each) => evaluate(each, constants, functions);
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isIdentifier(node)) return constants.get(node.text);
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return value(node.expression);
  if (ts.isPrefixUnaryExpression(node)) {
    const operand = value(node.operand);
    return operand === undefined ? undefined : UNARY.get(node.operator)?.(operand);
  }
  if (ts.isBinaryExpression(node)) {
    const [left, right] = [value(node.left), value(node.right)];
    return left === undefined || right === undefined ? undefined : BINARY.get(node.operatorToken.kind)?.(left, right);
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
    const called = functions.get(node.expression.text);
    const given = node.arguments.map((each) => (ts.isStringLiteral(each) ? each.text : value(each)));
    return called === undefined || given.includes(undefined) ? undefined : called(.../** @type {(string | number)[]} */ (given));
  }
  return undefined;
}
