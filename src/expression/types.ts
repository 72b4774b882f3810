import type { ASTNode, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import type { Finding } from './finding.ts'
import { kindOf, nameOfKind, wrongKind, type Kind } from './kind.ts'

/** A type error of CEL in words that say what to do, at the operand that should be changed. */
export function explainTypes(error: CelTypeError | ParseError): Finding {
  const offset = error.range?.start ?? 0
  if (error.code.startsWith('expression.')) return { code: error.code, message: error.summary, offset }
  const node = error.node as ASTNode | undefined
  const wrong = (message: string, at: ASTNode | undefined = node): Finding => ({
    code: 'expression.wrong_type',
    message,
    offset: at?.start ?? offset,
  })
  if (node === undefined) return wrong(error.summary)
  switch (error.code) {
    case 'invalid_condition_type':
      return wrong(wrongKind(checkedKind(node), 'boolean'))
    case 'incompatible_ternary_branches': {
      const [, yes, no] = node.args as [ASTNode, ASTNode, ASTNode]
      const kinds = `${nameOfKind(checkedKind(yes))} and ${nameOfKind(checkedKind(no))}`
      return wrong(`both values of a ? b : c must be of one kind, here they are ${kinds}`, no)
    }
    case 'heterogeneous_list_element':
      return wrong('all values of a list must be of one kind')
    case 'no_matching_overload':
      return node.op === 'rcall' ? explainTextMethod(node, wrong) : wrong(error.summary)
    case 'no_such_overload':
      return explainOperator(node, wrong)
    default:
      return wrong(error.summary)
  }
}

type Wrong = (message: string, at?: ASTNode) => Finding

function explainTextMethod(node: ASTNode & { op: 'rcall' }, wrong: Wrong): Finding {
  const [name, receiver, args] = node.args
  const at = [receiver, ...args].find((one) => checkedKind(one) !== 'text') ?? node
  return wrong(`${name}(…) compares text with text: ${wrongKind(checkedKind(at), 'text')}`, at)
}

function explainOperator(node: ASTNode, wrong: Wrong): Finding {
  if (node.op === '!_') return wrong(wrongKind(checkedKind(node.args), 'boolean'), node.args)
  if (node.op === '-_') return wrong(wrongKind(checkedKind(node.args), 'number'), node.args)
  const [left, right] = node.args as [ASTNode, ASTNode]
  const listed = node.op === 'in' ? elementKind(right) : undefined
  if (node.op === 'in' && listed === undefined) return wrong('behind "in" stands a list: ["a", "b"]', right)
  const kinds = [checkedKind(left), listed ?? checkedKind(right)]
  const operandOf = (kind: Kind): ASTNode => (kinds[0] === kind ? left : right)
  const compares = ['==', '!=', '<', '<=', '>', '>=', 'in'].includes(node.op)
  if (kinds.includes('text') && kinds.includes('number')) {
    const message = compares
      ? 'text compared with a number: write number(…)'
      : 'text and a number do not combine: write number(…)'
    return { ...wrong(message, operandOf('text')), code: 'expression.text_and_number' }
  }
  if (kinds.includes('text') && kinds.includes('boolean')) {
    return wrong('text compared with yes or no: write flag(…)', operandOf('text'))
  }
  if (kinds[0] === 'text' && kinds[1] === 'text' && !compares) return wrong(wrongKind('text', 'number'), left)
  const shown = `${nameOfKind(kinds[0])} and ${nameOfKind(kinds[1])}`
  return wrong(compares ? `${shown} cannot be compared` : `"${node.op}" does not work on ${shown}`)
}

/** The kind that CEL's check found for a node before it failed elsewhere. */
function checkedKind(node: ASTNode): Kind | undefined {
  return kindOf(checkedType(node))
}

/** The kind of a list's elements; undefined for what is no list. */
function elementKind(node: ASTNode): Kind | undefined {
  return kindOf(/^list<(.+)>$/.exec(checkedType(node))?.[1] ?? '')
}

function checkedType(node: ASTNode): string {
  return (node as { checkedType?: { readonly name: string } }).checkedType?.name ?? ''
}
