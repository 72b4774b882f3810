import { TypeError as CelTypeError, type ASTNode } from '@marcbachmann/cel-js'
import { Big } from '../core/decimal.ts'
import type { TableKey, UsedName } from '../core/expression.ts'
import { giveMeaning, type Meaning } from './environment.ts'
import type { Finding } from './finding.ts'
import {
  FIELDS,
  findFunction,
  TEXT_METHODS,
  usageOf,
  type Call,
  type FunctionSpec,
  type Parameter,
  type Value,
} from './functions.ts'
import { celTypeOf, kindOf, wrongKind, type Kind } from './kind.ts'
import { unknownFunction, unknownMember, unknownWord } from './unknown.ts'

type Owner = keyof typeof FIELDS

/** A name an expression uses, with its offset in the source. */
export interface FoundName extends Omit<UsedName, 'place'> {
  readonly offset: number
}

/** What the shape of an expression says, before any types. */
export interface Structure {
  readonly findings: readonly Finding[]
  readonly names: readonly FoundName[]
  /** The whole expression is `optional(…)`. */
  readonly optional: boolean
}

/**
 * Walks a parsed expression once: finds what the language does not have, collects the names it uses wherever they
 * stand, and gives literals, fields, calls, `&&` and `||` our meaning. Nothing is evaluated.
 */
export function readStructure(root: ASTNode): Structure {
  const findings: Finding[] = []
  const names: FoundName[] = []
  /** Arguments of calls whose text is taken for a number. */
  const numeric = new Set<readonly ASTNode[]>()
  const report = (code: string, message: string, offset: number): void => {
    findings.push({ code: `expression.${code}`, message, offset })
  }

  function visit(node: ASTNode): void {
    switch (node.op) {
      case 'value':
        visitLiteral(node)
        return
      case 'id':
        report('unknown_name', unknownWord(node.args), node.start)
        return
      case '.':
        visitField(node, node.args[0], node.args[1])
        return
      case 'call':
        visitCall(node, node.args[0], node.args[1])
        return
      case 'rcall':
        visitMethod(node, node.args[0], node.args[1], node.args[2])
        return
      case 'list':
        for (const element of node.args) visit(element)
        return
      case 'map':
        report(
          'unsupported',
          'there are no maps { … } in expressions: put the values into a table and use lookup(…)',
          node.start,
        )
        return
      case '[]':
      case '[?]':
      case '.?':
        report(
          'unsupported',
          'there is no [ … ] behind a value in expressions: use a function such as part(text, separator, n)',
          node.args[0].end,
        )
        return
      case '!_':
      case '-_':
        visit(node.args)
        return
      case '&&':
      case '||':
        for (const side of node.args) visit(side)
        giveMeaning(node, logical(node.op === '||', node.args))
        return
      default:
        for (const side of node.args) visit(side)
    }
  }

  function visitLiteral(node: ASTNode & { op: 'value' }): void {
    if (typeof node.args === 'string' || typeof node.args === 'boolean') return
    if (typeof node.args === 'number' || typeof node.args === 'bigint') {
      const written = node.input.slice(node.start, node.end)
      if (/^[\d.]+(e[+-]?\d+)?$/i.test(written)) giveMeaning(node, exactly(new Big(written)))
      else report('unsupported', `${written}: write the number in decimal digits`, node.start)
      return
    }
    const message =
      node.args === null
        ? 'there is no null in expressions: a text that is not set is "", a missing value rejects the item (see first, optional)'
        : 'only texts, numbers, true and false can be written here'
    report('unsupported', message, node.start)
  }

  function visitField(node: ASTNode, base: ASTNode, field: string): void {
    const owner = ownerOf(base)
    if (owner === undefined) {
      if (base.op === 'id') report('unknown_name', unknownWord(base.args), base.start)
      else {
        report('unknown_field', `only product and offer have fields, .${field} stands behind something else`, node.pos)
        visit(base)
      }
    } else if ((FIELDS[owner] as readonly string[]).includes(field)) giveMeaning(node, fieldOf(owner, field))
    else report('unknown_field', unknownMember(owner, field, false), node.pos)
  }

  function visitCall(node: ASTNode, name: string, args: readonly ASTNode[]): void {
    const spec = findFunction(name)
    if (spec !== undefined) {
      visitKnownCall(node, spec, args, node.start)
      return
    }
    report(unusable(name), unknownFunction(name), node.start)
    for (const argument of args) visit(argument)
  }

  function visitMethod(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[]): void {
    const offset = node.input.indexOf(name, receiver.end)
    const owner = ownerOf(receiver)
    const spec = owner === undefined ? undefined : findFunction(name, owner)
    if (spec !== undefined) {
      visitKnownCall(node, spec, args, offset)
      return
    }
    if (owner !== undefined) report(unusable(name), unknownMember(owner, name, true), offset)
    else if (receiver.op === 'id') report('unknown_name', unknownWord(receiver.args), receiver.start)
    else {
      visit(receiver)
      if (!TEXT_METHODS.includes(name)) report(unusable(name), unknownFunction(name, true), offset)
      else if (args.length !== 1) report('wrong_count', `${name}(…) takes one text`, offset)
    }
    for (const argument of args) visit(argument)
  }

  function visitKnownCall(node: ASTNode, spec: FunctionSpec, args: readonly ASTNode[], offset: number): void {
    if (spec.name === 'optional' && node !== root) {
      report(
        'optional_inside',
        'optional(…) must stand around the whole expression: inside one use first(…, …)',
        offset,
      )
    }
    const least = spec.least ?? spec.parameters.length
    if (args.length < least || (args.length > spec.parameters.length && spec.repeats !== true)) {
      report('wrong_count', `${usageOf(spec)} is how it is written, here it has ${countOf(args.length)}`, offset)
    }
    // number(lookup(…)): the arguments of the inner call are those of a number.
    const [only] = args
    if (spec.name === 'number' && only?.op === 'call') numeric.add(only.args[1])
    for (const [index, argument] of args.entries()) visitArgument(spec, index, args, argument)
    giveMeaning(node, callOf(spec, args))
  }

  function visitArgument(spec: FunctionSpec, index: number, args: readonly ASTNode[], node: ASTNode): void {
    const parameter = parameterAt(spec, index)
    if (parameter.names !== undefined) {
      readName(spec, parameter, parameter.names, args, node)
      return
    }
    if (parameter.counts === true && !isWholeFromOne(node)) {
      report('not_literal', `${spec.name}(…), ${parameter.name}: write a whole number from 1`, node.start)
      return
    }
    if (parameter.positive === true && isNotPositive(node)) {
      report('bad_step', `${spec.name}(…), ${parameter.name}: must be greater than 0`, node.start)
    }
    visit(node)
  }

  function readName(
    spec: FunctionSpec,
    parameter: Parameter,
    kind: UsedName['kind'],
    args: readonly ASTNode[],
    node: ASTNode,
  ): void {
    const { start: offset } = node
    if (node.op === 'id') report('not_in_quotes', `text must stand in quotes: "${node.args}"`, offset)
    else if (node.op !== 'value' || typeof node.args !== 'string') {
      report(
        'not_literal',
        `${spec.name}(…), ${parameter.name}: write the name itself in quotes, it is checked before anything is sent`,
        offset,
      )
    } else if (node.args.trim() === '')
      report('not_literal', `${spec.name}(…), ${parameter.name}: the name is empty`, offset)
    else if (kind === 'column') {
      const table = args[0]?.op === 'value' && typeof args[0].args === 'string' ? args[0].args : ''
      const asNumber = numeric.has(args) || isNumber(args[3])
      names.push({ kind, name: node.args, table, ...(asNumber ? { asNumber } : {}), offset })
    } else if (kind === 'table') {
      const keyedBy = tableKeyOf(args[1])
      names.push({ kind, name: node.args, ...(keyedBy === undefined ? {} : { keyedBy }), offset })
    } else names.push({ kind, name: node.args, offset })
  }

  visit(root)
  return { findings, names, optional: root.op === 'call' && root.args[0] === 'optional' }
}

function isNumber(node: ASTNode | undefined): boolean {
  if (node?.op === '-_') return isNumber(node.args)
  return node?.op === 'value' && (typeof node.args === 'number' || typeof node.args === 'bigint')
}

const TABLE_KEYS: readonly TableKey[] = ['offer.id', 'offer.article', 'product.id', 'product.article']

/** The field that an argument is, when it is one of those that tell items apart. */
function tableKeyOf(node: ASTNode | undefined): TableKey | undefined {
  const written = node === undefined ? '' : node.input.slice(node.start, node.end).replaceAll(/\s/g, '')
  return TABLE_KEYS.find((key) => key === written)
}

function ownerOf(node: ASTNode): Owner | undefined {
  return node.op === 'id' && (node.args === 'product' || node.args === 'offer') ? node.args : undefined
}

/** The parameter that an argument fills; the last one takes all that are left. */
function parameterAt(spec: FunctionSpec, index: number): Parameter {
  return spec.parameters[index] ?? spec.parameters.at(-1) ?? { name: 'argument', kind: 'any' }
}

/** The finding's code for a name that cannot be called. */
function unusable(name: string): string {
  return name === 'matches' || name === 'dyn' ? 'forbidden_function' : 'unknown_function'
}

function countOf(count: number): string {
  return count === 1 ? '1 argument' : `${count} arguments`
}

function isWholeFromOne(node: ASTNode): boolean {
  return node.op === 'value' && typeof node.args === 'bigint' && node.args >= 1n && node.args <= 1000n
}

function isNotPositive(node: ASTNode): boolean {
  if (node.op === '-_') return node.args.op === 'value'
  return node.op === 'value' && (typeof node.args === 'number' || typeof node.args === 'bigint') && !(node.args > 0)
}

/** A number exactly as written, never through a binary fraction. */
function exactly(value: Big): Meaning {
  return { typeCheck: (checker) => checker.getType(celTypeOf('number')), evaluate: () => value }
}

function fieldOf(owner: Owner, field: string): Meaning {
  return {
    typeCheck: (checker) => checker.getType(celTypeOf('text')),
    evaluate: (_evaluator, _meaning, context) =>
      (context.getValue('item')[owner] as Readonly<Record<string, string>>)[field] as string,
  }
}

/** `||` stops at true, `&&` at false, from left to right. What fails before that rejects the item, unlike in CEL. */
function logical(stopsAt: boolean, [left, right]: readonly [ASTNode, ASTNode]): Meaning {
  return {
    typeCheck(checker, _meaning, context) {
      for (const node of [left, right]) {
        const kind = kindOf(checker.check(node, context).name)
        if (kind !== 'boolean') throw wrongType(wrongKind(kind, 'boolean'), node)
      }
      return checker.getType(celTypeOf('boolean'))
    },
    evaluate(evaluator, _meaning, context) {
      return evaluator.run(left, context) === stopsAt ? stopsAt : evaluator.run(right, context)
    },
  }
}

function callOf(spec: FunctionSpec, args: readonly ASTNode[]): Meaning {
  let kinds: readonly (Kind | undefined)[] = []
  return {
    typeCheck(checker, _meaning, context) {
      kinds = args.map((node) => kindOf(checker.check(node, context).name))
      return checker.getType(celTypeOf(returnKind(spec, args, kinds)))
    },
    evaluate(evaluator, _meaning, context) {
      const value = (index: number): Value => evaluator.run(args[index] as ASTNode, context)
      const call: Call = {
        item: context.getValue('item'),
        count: args.length,
        kind: (index) => kinds[index],
        value,
        text: (index) => value(index) as string,
        number: (index) => value(index) as Big,
      }
      return spec.call(call)
    },
  }
}

function returnKind(spec: FunctionSpec, args: readonly ASTNode[], kinds: readonly (Kind | undefined)[]): Kind {
  for (const [index, node] of args.entries()) {
    const parameter = parameterAt(spec, index)
    if (parameter.kind === 'any' || parameter.kind === kinds[index]) continue
    throw wrongType(`${spec.name}(…), ${parameter.name}: ${wrongKind(kinds[index], parameter.kind)}`, node)
  }
  const kind = typeof spec.returns === 'string' ? spec.returns : spec.returns(kinds)
  if (kind !== undefined) return kind
  throw wrongType(spec.mismatch ?? `${spec.name}(…): these kinds of values do not fit together`, args.at(-1) as ASTNode)
}

function wrongType(message: string, node: ASTNode): CelTypeError {
  return new CelTypeError({ code: 'expression.wrong_type', message, node })
}
