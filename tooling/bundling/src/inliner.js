import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { evaluate } from './evaluate.js';

/** @typedef {import('./evaluate.js').PureFunction} PureFunction */
/** @typedef {{ source: ts.SourceFile, constants: Map<string, number>, functions: Map<string, PureFunction>, exports: Map<string, number> }} Module */

/** Numeric constants of TypeScript modules, found across their imports, and texts with the numbers in their places. */
export class ConstantInliner {
  /** @type {ReadonlyMap<string, PureFunction>} */
  #functions;
  /** @type {Map<string, Module>} */
  #modules = new Map();

  /** @param {Readonly<Record<string, PureFunction>>} functions what constants may be computed with, by name. */
  constructor(functions = {}) {
    this.#functions = new Map(Object.entries(functions));
  }

  /**
   * The text of a module with constants in their places: its own, and those that it imports. Lines stay where they are, and what it
   * exports is exported.
   *
   * @param {string} file
   * @returns {string}
   */
  text(file) {
    const { source, constants } = this.#module(file);
    const shadowed = namesDeclaredInside(source);
    /** @type {{ from: number, to: number, text: string }[]} */
    const edits = [];
    const written = (/** @type {number} */ value) => (value < 0 ? `(${value})` : String(value));
    /** @param {ts.Node} node */
    function visit(node) {
      if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
      if (ts.isShorthandPropertyAssignment(node)) {
        const value = shadowed.has(node.name.text) ? undefined : constants.get(node.name.text);
        if (value !== undefined) edits.push({ from: node.end, to: node.end, text: `: ${written(value)}` });
        return;
      }
      if (ts.isIdentifier(node)) {
        const value = shadowed.has(node.text) || isName(node) ? undefined : constants.get(node.text);
        // A point behind it would be the number's.
        const isObject = ts.isPropertyAccessExpression(node.parent);
        if (value !== undefined) edits.push({ from: node.getStart(source), to: node.end, text: isObject ? `(${value})` : written(value) });
        return;
      }
      // The declaration itself: what computes it is no longer called.
      if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined && isTopLevel(node) && constants.has(node.name.text)) {
        edits.push({ from: node.initializer.getStart(source), to: node.initializer.end, text: written(/** @type {number} */ (constants.get(node.name.text))) });
        return;
      }
      ts.forEachChild(node, visit);
    }
    visit(source);
    let text = source.text;
    for (const { from, to, text: number } of edits.sort((a, b) => b.from - a.from)) text = text.slice(0, from) + number + '\n'.repeat(text.slice(from, to).split('\n').length - 1) + text.slice(to);
    return text;
  }

  /**
   * @param {string} file
   * @returns {Module}
   */
  #module(file) {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
    /** @type {Module} */
    const module = { source, constants: new Map(), functions: new Map(), exports: new Map() };
    const own = namesExported(source);
    // Modules that import each other see what is known by then.
    this.#modules.set(file, module);
    for (const statement of source.statements) {
      if (ts.isImportDeclaration(statement)) this.#import(file, statement, module);
      else if (ts.isVariableStatement(statement)) this.#declare(statement, module);
      else if (ts.isExportDeclaration(statement)) this.#export(file, statement, module, own);
    }
    return module;
  }

  /**
   * @param {string} file
   * @param {ts.ImportDeclaration} statement
   * @param {Module} module
   */
  #import(file, { importClause, moduleSpecifier }, { constants, functions }) {
    const bindings = importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings) || importClause?.isTypeOnly === true) return;
    const from = this.#exportsOf(file, moduleSpecifier);
    for (const { name, propertyName, isTypeOnly } of bindings.elements) {
      const value = from.get((propertyName ?? name).text);
      if (value !== undefined && !isTypeOnly) constants.set(name.text, value);
      const called = this.#functions.get((propertyName ?? name).text);
      if (called !== undefined) functions.set(name.text, called);
    }
  }

  /**
   * @param {ts.VariableStatement} statement
   * @param {Module} module
   */
  #declare({ declarationList, modifiers }, { constants, functions, exports }) {
    if ((declarationList.flags & ts.NodeFlags.Const) === 0) return;
    const isExported = modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    for (const { name, initializer } of declarationList.declarations) {
      const value = initializer === undefined || !ts.isIdentifier(name) ? undefined : evaluate(initializer, constants, functions);
      if (value === undefined || !ts.isIdentifier(name) || !Number.isFinite(value) || Object.is(value, -0)) continue;
      constants.set(name.text, value);
      if (isExported) exports.set(name.text, value);
    }
  }

  /**
   * @param {string} file
   * @param {ts.ExportDeclaration} statement
   * @param {Module} module
   * @param {ReadonlySet<string>} own names that the module exports one by one, which go before those of `export *`
   */
  #export(file, { exportClause, isTypeOnly, moduleSpecifier }, { constants, exports }, own) {
    if (isTypeOnly) return;
    const from = moduleSpecifier === undefined ? constants : this.#exportsOf(file, moduleSpecifier);
    if (exportClause === undefined) {
      for (const [name, value] of from) if (name !== 'default' && !own.has(name)) exports.set(name, value);
    }
    if (exportClause !== undefined && ts.isNamedExports(exportClause)) {
      for (const { name, propertyName } of exportClause.elements) {
        const value = from.get((propertyName ?? name).text);
        if (value !== undefined) exports.set(name.text, value);
      }
    }
  }

  /**
   * @param {string} file
   * @param {ts.Expression} specifier
   * @returns {ReadonlyMap<string, number>}
   */
  #exportsOf(file, specifier) {
    const found = ts.isStringLiteral(specifier) ? sourceOf(file, specifier.text) : undefined;
    return found === undefined ? new Map() : this.#module(found).exports;
  }
}

/**
 * The TypeScript file that an import names: beside the importing one, or of a package that has its source at hand.
 *
 * @param {string} file
 * @param {string} specifier
 * @returns {string | undefined}
 */
function sourceOf(file, specifier) {
  if (specifier.startsWith('.')) return specifier.endsWith('.ts') ? join(dirname(file), specifier) : undefined;
  const match = /^(@ringzero\/[^/]+)(\/.*)?$/.exec(specifier);
  if (match === null) return undefined;
  const manifest = createRequire(file).resolve(`${match[1]}/package.json`);
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8'));
  const source = exports[`.${match[2] ?? ''}`]?.['@ringzero/source'];
  return typeof source === 'string' ? join(dirname(manifest), source) : undefined;
}

/** @param {ts.VariableDeclaration} node */
function isTopLevel({ parent }) {
  return ts.isVariableDeclarationList(parent) && ts.isVariableStatement(parent.parent) && ts.isSourceFile(parent.parent.parent);
}

/**
 * Whether an identifier is the name of a property or a declaration, not a value.
 *
 * @param {ts.Identifier} node
 */
function isName(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isBindingElement(parent)) return parent.name === node || parent.propertyName === node;
  if (ts.isQualifiedName(parent) || ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return true;
  return 'name' in parent && parent.name === node;
}

/**
 * Names that are declared anywhere but at the top: where one is a constant's as well, that constant stays as it is.
 *
 * @param {ts.SourceFile} source
 * @returns {ReadonlySet<string>}
 */
function namesDeclaredInside(source) {
  /** @type {Set<string>} */
  const names = new Set();
  /** @param {ts.Node} node */
  function visit(node) {
    const declares = ts.isParameter(node) || ts.isBindingElement(node) || ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isTypeParameterDeclaration(node) || ts.isEnumDeclaration(node) || ts.isEnumMember(node) || (ts.isVariableDeclaration(node) && !isTopLevel(node));
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  }
  visit(source);
  return names;
}

/**
 * Names that a module exports one by one.
 *
 * @param {ts.SourceFile} source
 * @returns {ReadonlySet<string>}
 */
function namesExported(source) {
  /** @type {Set<string>} */
  const names = new Set();
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)) for (const { name } of statement.exportClause.elements) names.add(name.text);
    } else if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true) {
      if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) if (ts.isIdentifier(name)) names.add(name.text);
      if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) && statement.name !== undefined) names.add(statement.name.text);
    }
  }
  return names;
}
