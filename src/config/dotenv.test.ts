import { describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../core/diagnostic.ts'
import { dotEnvLine, parseDotEnv } from './dotenv.ts'

describe('a .env file', () => {
  it('gives names and values, with quotes, escapes and comments', () => {
    const text = [
      '# keys',
      '',
      'PLAIN=a b=c',
      ' SPACED = value  # a comment',
      'HASH=a#b',
      'EMPTY=',
      'ONLY_COMMENT= # nothing',
      'SINGLE=\'a \\n # "b"\' # a comment',
      'DOUBLE="a\\n\\"b\\" \\\\ # c"',
      'export EXPORTED=x\r',
    ].join('\n')

    expect(parseDotEnv('.env', text)).toEqual({
      values: new Map([
        ['PLAIN', 'a b=c'],
        ['SPACED', 'value'],
        ['HASH', 'a#b'],
        ['EMPTY', ''],
        ['ONLY_COMMENT', ''],
        ['SINGLE', 'a \\n # "b"'],
        ['DOUBLE', 'a\n"b" \\ # c'],
        ['EXPORTED', 'x'],
      ]),
      diagnostics: [],
    })
  })

  it.each(['', 'a', 'a b', ' a ', 'a#b', 'a #b', '"a"', "'a'", `"a' #\\n\\`, 'smtps://u:p%40w@host:465'])(
    'reads the value %j as it was written',
    (value) => {
      expect(parseDotEnv('.env', `${dotEnvLine('NAME', value)}\nNEXT=1`)).toEqual({
        values: new Map([
          ['NAME', value],
          ['NEXT', '1'],
        ]),
        diagnostics: [],
      })
    },
  )

  it('names the line that cannot be read and never its value', () => {
    const text = 'KEY: secret\nOPEN="secret\nTAIL="secret" secret\nA=1\nA=secret\n1A=secret\n'

    const { values, diagnostics } = parseDotEnv('.env', text)

    expect(values).toEqual(new Map([['A', '1']]))
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      '.env:1:1 error env.syntax: a line must read NAME=value',
      '.env:2:1 error env.syntax: the quotes around the value of OPEN are not closed',
      '.env:3:1 error env.syntax: the quotes around the value of TAIL are not closed',
      '.env:5:1 error env.duplicate: A is set for the second time; keep one of the lines',
      '.env:6:1 error env.syntax: a line must read NAME=value',
    ])
  })
})
