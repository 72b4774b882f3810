import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { inspectCommand } from './inspect.ts'

const quirk = (name: string): string => new URL(`../../fixtures/quirks/${name}`, import.meta.url).pathname

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

async function run(...args: string[]): Promise<{ out: string; err: string; exitCode: typeof process.exitCode }> {
  const seen = { out: '', err: '' }
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    seen.out += String(text)
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    seen.err += String(text)
    return true
  })
  await inspectCommand().parseAsync(args, { from: 'user' })
  return { ...seen, exitCode: process.exitCode }
}

test('prints one JSON object per line', async () => {
  const { out, err, exitCode } = await run('--json', quirk('changes-package.xml'), quirk('empty-elements.xml'))

  expect(out).toBe(
    '{"file":"changes-package.xml","version":"2.07","family":"A","encoding":"UTF-8","bom":false,"roots":["ИзмененияПакетаПредложений"],"changesOnly":{"ИзмененияПакетаПредложений":false},"products":0,"offers":3,"priceTypes":0,"prices":1,"warehouses":0,"stockRows":2,"groups":0,"properties":0,"documents":0,"warnings":[]}\n' +
      '{"file":"empty-elements.xml","version":"2.07","family":"A","encoding":"UTF-8","bom":false,"roots":["ПакетПредложений"],"changesOnly":{"ПакетПредложений":false},"products":0,"offers":1,"priceTypes":0,"prices":1,"warehouses":0,"stockRows":0,"groups":0,"properties":0,"documents":0,"warnings":[{"code":"commerceml.record_without_id","line":16,"count":1}]}\n',
  )
  expect([err, exitCode]).toEqual(['', undefined])
})

test('a broken file gives its place on stderr and exit code 3, other files are still printed', async () => {
  const broken = join(await mkdtemp(join(tmpdir(), 'obmen-inspect-')), 'broken.xml')
  await writeFile(broken, '<КоммерческаяИнформация>\n  <Каталог>')

  const { out, err, exitCode } = await run(broken, quirk('empty-elements.xml'))

  expect(err).toBe(
    `${broken}:2:12 xml.truncated: reading ${broken}: the file ends inside КоммерческаяИнформация/Каталог\n` +
      '  Let 1C write the file again and check that the disk was not full.\n',
  )
  expect(out).toBe(
    [
      'empty-elements.xml',
      '  CommerceML 2.07, family A, UTF-8',
      '  ПакетПредложений (full)',
      '  offers         1',
      '  prices         1',
      '  warning commerceml.record_without_id: first at line 16, 1 in all',
      '',
    ].join('\n'),
  )
  expect(exitCode).toBe(3)
})

test('a table without a mapping is refused with what to do, and exit code 3', async () => {
  const table = join(await mkdtemp(join(tmpdir(), 'obmen-inspect-')), 'price.csv')
  await writeFile(table, 'Код;Цена\n1;2\n')

  const { out, err, exitCode } = await run(table)

  expect([out, exitCode]).toEqual(['', 3])
  expect(err).toBe(
    `${table} inspect.needs_mapping: reading ${table}: a table says nothing without a mapping\n` +
      '  Write a pipeline whose parse says what the columns mean (docs/exchange-files.md), and name it: obmen inspect --pipeline NAME.\n',
  )
})
