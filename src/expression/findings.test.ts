import { describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../core/diagnostic.ts'
import type { ResultType } from '../core/expression.ts'
import { compileExpression } from './index.ts'

function findings(source: string, expects: ResultType): string[] {
  const result = compileExpression(source, { line: 1, column: 1 }, expects)
  return result.ok ? [] : result.diagnostics.map((found) => formatDiagnostic(found).replace('error expression.', ''))
}

/** Source, what it should give, and every finding as line:column code: message. */
const CASES: readonly (readonly [string, ResultType, readonly string[]])[] = [
  ['price("a") > "5"', 'boolean', ['1:14 text_and_number: text compared with a number: write number(…)']],
  ['product.vat == 20', 'boolean', ['1:1 text_and_number: text compared with a number: write number(…)']],
  ['20 != product.vat', 'boolean', ['1:7 text_and_number: text compared with a number: write number(…)']],
  ['product.vat in [10, 20]', 'boolean', ['1:1 text_and_number: text compared with a number: write number(…)']],
  ['product.vat == true', 'boolean', ['1:1 wrong_type: text compared with yes or no: write flag(…)']],
  ['price("a") == true', 'boolean', ['1:1 wrong_type: a number and yes or no cannot be compared']],
  ['[1] == ["a"]', 'boolean', ['1:1 wrong_type: a list and a list cannot be compared']],
  ['1 in "123"', 'boolean', ['1:6 wrong_type: behind "in" stands a list: ["a", "b"]']],
  ['product.vat * 2', 'decimal', ['1:1 text_and_number: text and a number do not combine: write number(…)']],
  ['product.vat * product.vat', 'decimal', ['1:1 wrong_type: text stands where a number is needed: write number(…)']],
  ['true + false', 'decimal', ['1:1 wrong_type: "+" does not work on yes or no and yes or no']],
  ['product.article + 1', 'text', ['1:1 text_and_number: text and a number do not combine: write number(…)']],
  ['-product.vat', 'decimal', ['1:2 wrong_type: text stands where a number is needed: write number(…)']],
  ['!product.vat', 'boolean', ['1:2 wrong_type: text stands where yes or no is needed: write flag(…)']],
  ['!1', 'boolean', ['1:2 wrong_type: a number stands where yes or no is needed: compare it with something']],
  [
    'flag(product.vat) && product.name',
    'boolean',
    ['1:30 wrong_type: text stands where yes or no is needed: write flag(…)'],
  ],
  [
    '1 || flag(product.vat)',
    'boolean',
    ['1:1 wrong_type: a number stands where yes or no is needed: compare it with something'],
  ],
  ['product.vat ? 1 : 2', 'decimal', ['1:1 wrong_type: text stands where yes or no is needed: write flag(…)']],
  [
    'true ? 1 : "a"',
    'decimal',
    ['1:12 wrong_type: both values of a ? b : c must be of one kind, here they are a number and text'],
  ],
  ['product.vat in [1, "a"]', 'boolean', ['1:20 wrong_type: all values of a list must be of one kind']],
  [
    'price("a").startsWith("a")',
    'boolean',
    [
      '1:1 wrong_type: startsWith(…) compares text with text: a number stands where text is needed: put it in quotes, or take the text instead of number(…)',
    ],
  ],
  [
    'product.name.contains(1)',
    'boolean',
    [
      '1:23 wrong_type: contains(…) compares text with text: a number stands where text is needed: put it in quotes, or take the text instead of number(…)',
    ],
  ],
  [
    'roundUp(product.vat, 10)',
    'decimal',
    ['1:17 wrong_type: roundUp(…), x: text stands where a number is needed: write number(…)'],
  ],
  ['roundUp([1], 10)', 'decimal', ['1:9 wrong_type: roundUp(…), x: a list stands where a number is needed']],
  [
    'slug(1)',
    'text',
    [
      '1:6 wrong_type: slug(…), text: a number stands where text is needed: put it in quotes, or take the text instead of number(…)',
    ],
  ],
  ['first(1, "a")', 'decimal', ['1:10 wrong_type: first(…): the values must be of one kind, all numbers or all texts']],
  ['lookup("t", "k", "c", true)', 'text', ['1:23 wrong_type: lookup(…): the default must be text or a number']],
  [
    'number(price("a"))',
    'decimal',
    [
      '1:8 wrong_type: number(…), text: a number stands where text is needed: put it in quotes, or take the text instead of number(…)',
    ],
  ],
  ['flag(true)', 'boolean', ['1:6 wrong_type: flag(…), text: yes or no stands where text is needed']],
  ['"5"', 'decimal', ['1:1 wrong_result: text stands where a number is needed: write number(…)']],
  ['true', 'decimal', ['1:1 wrong_result: yes or no stands where a number is needed']],
  ['byWarehouse()', 'decimal', ['1:1 wrong_result: stocks by warehouse stands where a number is needed']],
  ['[1, 2]', 'decimal', ['1:1 wrong_result: a list stands where a number is needed']],
  [
    'price("a")',
    'text',
    ['1:1 wrong_result: a number stands where text is needed: put it in quotes, or take the text instead of number(…)'],
  ],
  ['flag("да")', 'text', ['1:1 wrong_result: yes or no stands where text is needed']],
  ['product.name', 'boolean', ['1:1 wrong_result: text stands where yes or no is needed: write flag(…)']],
  ['price("a")', 'boolean', ['1:1 wrong_result: a number stands where yes or no is needed: compare it with something']],
  ['stock()', 'stocks', ['1:1 wrong_result: a number stands where stocks by warehouse is needed: write byWarehouse()']],
  [
    'price("a")',
    'stocks',
    ['1:1 wrong_result: a number stands where stocks by warehouse is needed: write byWarehouse()'],
  ],
  ['', 'decimal', ['1:1 empty: the expression is empty: write one or take the line out']],
  [
    ' // only a comment',
    'decimal',
    ['1:19 syntax: the expression ends too early: a value or a closing bracket is missing'],
  ],
  ['price(Розничная)', 'decimal', ['1:7 not_in_quotes: text must stand in quotes: "Розничная"']],
  ['price(Цена до скидки) * 2', 'decimal', ['1:7 not_in_quotes: text must stand in quotes: "Цена до скидки"']],
  ['Розничная', 'decimal', ['1:1 not_in_quotes: text must stand in quotes: "Розничная"']],
  ['RUB', 'text', ['1:1 unknown_name: text must stand in quotes: "RUB"']],
  ['price(retail)', 'decimal', ['1:7 not_in_quotes: text must stand in quotes: "retail"']],
  ['product.vat == НДС20', 'boolean', ['1:16 not_in_quotes: text must stand in quotes: "НДС20"']],
  ['for', 'text', ['1:1 not_in_quotes: text must stand in quotes: "for"']],
  ['«Розничная»', 'text', [`1:1 syntax: « is no quote here: write "…" or '…'`]],
  ['product', 'text', ['1:1 unknown_name: product is no value by itself: write product.article or another field']],
  ['price', 'text', ['1:1 unknown_name: price is a function: write price(…)']],
  [
    'prduct.name',
    'text',
    ['1:1 unknown_name: unknown name "prduct", did you mean "product"? A text must stand in quotes: "prduct"'],
  ],
  ['product.artcle', 'text', ['1:9 unknown_field: product has no "artcle", did you mean "article"?']],
  [
    'product.variantName',
    'text',
    ['1:9 unknown_field: product has no "variantName", offer has: write offer.variantName'],
  ],
  ['product.property', 'text', ['1:9 unknown_field: product.property needs a name in brackets: product.property(…)']],
  ['offer.name()', 'text', ['1:7 unknown_function: offer.name is a field: leave the brackets out']],
  [
    'product.characteristic("a")',
    'text',
    ['1:9 unknown_function: product has no "characteristic", offer has: write offer.characteristic'],
  ],
  ['offer.trim("a")', 'text', ['1:7 unknown_function: trim is a function by itself: write trim(…)']],
  [
    'product.zzzzzzzz',
    'text',
    [
      '1:9 unknown_field: product has no "zzzzzzzz"; there are id, article, name, barcode, vat, unit, kind, brand, code, country, weight, packs, kit, property, requisite, group, inGroup, inCatalogue',
    ],
  ],
  [
    'product.name.article',
    'text',
    ['1:14 unknown_field: only product and offer have fields, .article stands behind something else'],
  ],
  [
    'offer["name"]',
    'text',
    [
      '1:6 unsupported: there is no [ … ] behind a value in expressions: use a function such as part(text, separator, n)',
    ],
  ],
  [
    '{"a": "b"}',
    'text',
    ['1:1 unsupported: there are no maps { … } in expressions: put the values into a table and use lookup(…)'],
  ],
  [
    'null',
    'text',
    [
      '1:1 unsupported: there is no null in expressions: a text that is not set is "", a missing value rejects the item (see first, optional)',
    ],
  ],
  ['b"a"', 'text', ['1:1 unsupported: only texts, numbers, true and false can be written here']],
  ['5u', 'decimal', ['1:1 unsupported: only texts, numbers, true and false can be written here']],
  ['0x1F', 'decimal', ['1:1 unsupported: 0x1F: write the number in decimal digits']],
  ['prise("a")', 'decimal', ['1:1 unknown_function: unknown function "prise", did you mean "price"?']],
  ['rounUp(1, 2)', 'decimal', ['1:1 unknown_function: unknown function "rounUp", did you mean "roundUp"?']],
  [
    'zzzzzz(1)',
    'decimal',
    [
      '1:1 unknown_function: unknown function "zzzzzz"; there are price, hasPrice, stock, everInStock, byWarehouse, property, lookup, inTable, first, optional, number, flag, part, slug, shortId, lower, upper, trim, round, roundUp, floor, min, max',
    ],
  ],
  ['requisite("Вес")', 'text', ['1:1 unknown_function: requisite belongs to product: write product.requisite(…)']],
  ['startsWith("a")', 'boolean', ['1:1 unknown_function: startsWith stands behind a text: write text.startsWith(…)']],
  ['product.name.trim()', 'text', ['1:14 unknown_function: trim stands in front of its text: write trim(…)']],
  [
    'product.name.startWith("a")',
    'boolean',
    ['1:14 unknown_function: unknown function "startWith", did you mean "startsWith"?'],
  ],
  ['product.name.contains("a", "b")', 'boolean', ['1:14 wrong_count: contains(…) takes one text']],
  [
    'product.name.matches("(a+)+$")',
    'boolean',
    [
      '1:14 forbidden_function: matches is not allowed, a regular expression can stop the whole service: use startsWith, endsWith, contains or part',
    ],
  ],
  [
    'product.matches("a")',
    'boolean',
    [
      '1:9 forbidden_function: matches is not allowed, a regular expression can stop the whole service: use startsWith, endsWith, contains or part',
    ],
  ],
  [
    'matches("a", "b")',
    'boolean',
    [
      '1:1 forbidden_function: matches is not allowed, a regular expression can stop the whole service: use startsWith, endsWith, contains or part',
    ],
  ],
  [
    'dyn(product.vat) == 20',
    'boolean',
    ['1:1 forbidden_function: dyn is not allowed, it would switch the check of types off: leave it out'],
  ],
  ['int("5")', 'decimal', ['1:1 unknown_function: there is no int(…): write number(…)']],
  ['double("5")', 'decimal', ['1:1 unknown_function: there is no double(…): write number(…)']],
  [
    'has(product.name)',
    'boolean',
    ['1:1 unknown_function: there is no has(…): write hasPrice(…), or compare a text with ""'],
  ],
  [
    '["a"].exists(x, x == product.name)',
    'boolean',
    [
      '1:7 unknown_function: unknown function "exists"; there are startsWith, endsWith, contains',
      '1:14 unknown_name: text must stand in quotes: "x"',
      '1:17 unknown_name: text must stand in quotes: "x"',
    ],
  ],
  [
    'size(product.name)',
    'decimal',
    ['1:1 unknown_function: there is no size(…): compare a text with "" to see whether it is set'],
  ],
  [
    'constructor("a")',
    'text',
    [
      '1:1 unknown_function: unknown function "constructor"; there are price, hasPrice, stock, everInStock, byWarehouse, property, lookup, inTable, first, optional, number, flag, part, slug, shortId, lower, upper, trim, round, roundUp, floor, min, max',
    ],
  ],
  ['price()', 'decimal', ['1:1 wrong_count: price(type) is how it is written, here it has 0 arguments']],
  ['price("a", "b")', 'decimal', ['1:1 wrong_count: price(type) is how it is written, here it has 2 arguments']],
  ['round(1.5)', 'decimal', ['1:1 wrong_count: round(x, step) is how it is written, here it has 1 argument']],
  ['min(1)', 'decimal', ['1:1 wrong_count: min(a, b, …) is how it is written, here it has 1 argument']],
  [
    'lookup("t", "k")',
    'decimal',
    ['1:1 wrong_count: lookup(table, key, column, [default]) is how it is written, here it has 2 arguments'],
  ],
  ['inTable("t")', 'boolean', ['1:1 wrong_count: inTable(table, key) is how it is written, here it has 1 argument']],
  ['hasPrice()', 'boolean', ['1:1 wrong_count: hasPrice(type, …) is how it is written, here it has 0 arguments']],
  ['price("")', 'decimal', ['1:7 not_literal: price(…), type: the name is empty']],
  [
    'price(product.name)',
    'decimal',
    ['1:7 not_literal: price(…), type: write the name itself in quotes, it is checked before anything is sent'],
  ],
  [
    'price("a" + "b")',
    'decimal',
    ['1:7 not_literal: price(…), type: write the name itself in quotes, it is checked before anything is sent'],
  ],
  [
    'price(5)',
    'decimal',
    ['1:7 not_literal: price(…), type: write the name itself in quotes, it is checked before anything is sent'],
  ],
  [
    'stock("a", product.name)',
    'decimal',
    ['1:12 not_literal: stock(…), warehouse: write the name itself in quotes, it is checked before anything is sent'],
  ],
  [
    'property(product.name)',
    'text',
    ['1:10 not_literal: property(…), name: write the name itself in quotes, it is checked before anything is sent'],
  ],
  [
    'product.requisite(product.name)',
    'text',
    ['1:19 not_literal: requisite(…), name: write the name itself in quotes, it is checked before anything is sent'],
  ],
  [
    'offer.characteristic(true ? "a" : "b")',
    'text',
    [
      '1:22 not_literal: characteristic(…), name: write the name itself in quotes, it is checked before anything is sent',
    ],
  ],
  [
    'product.inGroup(product.group(1))',
    'boolean',
    ['1:17 not_literal: inGroup(…), name: write the name itself in quotes, it is checked before anything is sent'],
  ],
  [
    'product.inCatalogue(product.name)',
    'boolean',
    ['1:21 not_literal: inCatalogue(…), name: write the name itself in quotes, it is checked before anything is sent'],
  ],
  [
    'lookup(product.name, "k", product.name)',
    'text',
    [
      '1:8 not_literal: lookup(…), table: write the name itself in quotes, it is checked before anything is sent',
      '1:27 not_literal: lookup(…), column: write the name itself in quotes, it is checked before anything is sent',
    ],
  ],
  [
    'inTable(product.name, "k")',
    'boolean',
    ['1:9 not_literal: inTable(…), table: write the name itself in quotes, it is checked before anything is sent'],
  ],
  ['product.group(0)', 'text', ['1:15 not_literal: group(…), level: write a whole number from 1']],
  ['product.group(1.5)', 'text', ['1:15 not_literal: group(…), level: write a whole number from 1']],
  ['part("a", "b", stock())', 'text', ['1:16 not_literal: part(…), n: write a whole number from 1']],
  ['round(1, 0)', 'decimal', ['1:10 bad_step: round(…), step: must be greater than 0']],
  ['roundUp(1, -10)', 'decimal', ['1:12 bad_step: roundUp(…), step: must be greater than 0']],
  [
    '1 + optional(price("a"))',
    'decimal',
    ['1:5 optional_inside: optional(…) must stand around the whole expression: inside one use first(…, …)'],
  ],
  [
    'optional(optional(price("a")))',
    'decimal',
    ['1:10 optional_inside: optional(…) must stand around the whole expression: inside one use first(…, …)'],
  ],
  [
    'first(optional(1), 2)',
    'decimal',
    ['1:7 optional_inside: optional(…) must stand around the whole expression: inside one use first(…, …)'],
  ],
  ['рrice("a")', 'decimal', ['1:1 unknown_name: "рrice" holds a Cyrillic letter that looks Latin: type price anew']],
  [
    'рriсe("a") + 1',
    'decimal',
    ['1:1 unknown_name: "рriсe" holds a Cyrillic letter that looks Latin: type price anew'],
  ],
  ['prоduct.name', 'text', ['1:1 unknown_name: "prоduct" holds a Cyrillic letter that looks Latin: type product anew']],
  ['price("a") * 1,25', 'decimal', ['1:15 syntax: a fraction is written with a dot: 1.25']],
  ['price("a") = 1', 'boolean', ['1:12 syntax: equality is written ==']],
  ['flag("") & true', 'boolean', ['1:10 syntax: "and" is written &&']],
  ['flag("") | true', 'boolean', ['1:10 syntax: "or" is written ||']],
  ['flag("") and true', 'boolean', ['1:10 syntax: "and" is written &&']],
  ['flag("") или true', 'boolean', ['1:10 syntax: "или" is written ||']],
  ['not flag("")', 'boolean', ['1:1 syntax: "not" is written !']],
  ['1;', 'decimal', ['1:2 syntax: there is no ";" in an expression: take it out']],
  ['price("a"', 'decimal', ['1:10 syntax: the expression ends too early: a value or a closing bracket is missing']],
  ['price("a") *', 'decimal', ['1:13 syntax: the expression ends too early: a value or a closing bracket is missing']],
  ['price("a"))', 'decimal', ['1:11 syntax: ")" does not fit here']],
  ['price("a" "b")', 'decimal', ['1:11 syntax: an operator (+, *, ==, &&, …) or a comma is missing before this text']],
  ['price("a" 5)', 'decimal', ['1:11 syntax: ")" is missing before "5"']],
  ['price("a) * 2', 'decimal', ['1:7 syntax: the quote that opens here is not closed']],
  ['"строка\\nдальше"x', 'text', ['1:17 syntax: an operator (+, *, ==, &&, …) or a comma is missing before "x"']],
  ['"a\\qb"', 'text', ['1:3 syntax: a backslash in a text is written \\\\, \\q has no meaning']],
  ['true ? 1', 'decimal', ['1:9 syntax: the expression ends too early: a value or a closing bracket is missing']],
  ['* 2', 'decimal', ['1:1 syntax: "*" does not fit here']],
  ['@', 'decimal', ['1:1 syntax: "@" does not fit here']],
  ['true ? 1 5', 'decimal', ['1:10 syntax: ":" is missing before "5"']],
]

describe('a finding', () => {
  it.each(CASES)('about %s as %s', (source, expects, expected) => {
    expect(findings(source, expects)).toEqual(expected)
  })

  it('comes with every other one of the same expression, in the order of the source', () => {
    expect(findings('prise("a") + product.zip + RUB + price(name) + null', 'decimal')).toEqual([
      '1:1 unknown_function: unknown function "prise", did you mean "price"?',
      expect.stringMatching(/^1:22 unknown_field: product has no "zip"; there are id, /),
      '1:28 unknown_name: text must stand in quotes: "RUB"',
      '1:40 not_in_quotes: text must stand in quotes: "name"',
      expect.stringMatching(/^1:48 unsupported: there is no null/),
    ])
  })
})

it.each([
  ['many terms', Array.from({ length: 50_000 }, () => '1').join(' + ')],
  ['many brackets', `${'('.repeat(1_000)}1${')'.repeat(1_000)}`],
  ['many arguments', `min(${Array.from({ length: 100 }, () => '1').join(', ')})`],
])('%s are refused', (_name, source) => {
  expect(findings(source, 'decimal')).toEqual([
    expect.stringMatching(/^1:\d+ syntax: the expression is too long: move values into a table and use lookup/),
  ])
})

describe('the place of a finding', () => {
  const source = 'flag(product.vat) &&\n  // the second line\n  product.nme == "a"\n'

  it.each([
    ['a block of YAML', { file: 'p.yaml', line: 7, column: 9 }, 9, { file: 'p.yaml', line: 9, column: 19 }],
    [
      'a block after text in its first line',
      { file: 'p.yaml', line: 7, column: 30 },
      5,
      { file: 'p.yaml', line: 9, column: 15 },
    ],
    [
      'lines without a known indent',
      { file: 'p.yaml', line: 7, column: 30 },
      undefined,
      { file: 'p.yaml', line: 9, column: 11 },
    ],
    ['nothing but a file', { file: 'p.yaml' }, undefined, { file: 'p.yaml' }],
  ])('is exact in %s', (_name, place, continuationColumn, expected) => {
    const result = compileExpression(source, place, 'boolean', continuationColumn)

    const message = 'product has no "nme", did you mean "name"?'
    const diagnostics = [{ severity: 'error', code: 'expression.unknown_field', message, place: expected }]
    expect(result).toEqual({ ok: false, diagnostics })
  })

  it('of an end that comes too early is behind the last word, not behind the last line', () => {
    const result = compileExpression('price("a") *\n\n', { line: 7, column: 9 }, 'decimal', 9)

    const message = 'the expression ends too early: a value or a closing bracket is missing'
    const diagnostics = [{ severity: 'error', code: 'expression.syntax', message, place: { line: 7, column: 21 } }]
    expect(result).toEqual({ ok: false, diagnostics })
  })
})

describe('whatever is written', () => {
  const words =
    'price("a") product.name offer . , ( ) [ ] { } ? : && || ! - + * / % == < in "text" \'x 1 0.5 1e3 0x1 2u null true ' +
    'first( optional( lookup("t", number( flag( round( part( stock() byWarehouse() .contains( .matches( .map( has( ' +
    'cel.bind( Цена «x» = & | ; @ \\ // \n \t r"\\d" b"x" __proto__ constructor toString size( x dyn( for in['
  const vocabulary = words.split(' ')

  it('is compiled or refused with a place inside it, and never throws', () => {
    let seed = 20_240_501
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff
      return (seed >> 8) % below
    }

    for (let round = 0; round < 5_000; round++) {
      const source = Array.from({ length: 1 + random(9) }, () => vocabulary[random(vocabulary.length)]).join(' ')
      const result = compileExpression(source, { line: 1, column: 1 }, 'decimal', 1)
      const outside = result.ok
        ? []
        : result.diagnostics.filter(
            ({ place, message }) =>
              message === '' ||
              (place.line ?? 0) > source.split('\n').length ||
              (place.column ?? 0) > source.length + 1,
          )
      expect({ source, outside, found: result.ok || result.diagnostics.length > 0 }).toEqual({
        source,
        outside: [],
        found: true,
      })
    }
  })
})
